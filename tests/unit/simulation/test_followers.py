"""How Lambda hands the changes of a table over: in order, halved where they fail, given up when they are too old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sfnx.testing import Failure

from simulation.aws.lambdas import THROTTLED
from simulation.followers import Follower, Following
from simulation.scheduler import Scheduler


class Function:
    """Is called with changes, and fails with those whose id is in `fails`. `handled`: in order, with the time."""

    def __init__(
        self, scheduler: Scheduler, fails: Sequence[str] = (), *, seconds: float = 0, reports: bool = False
    ) -> None:
        self.scheduler, self.fails, self.seconds, self.reports = scheduler, set(fails), seconds, reports
        self.batches: list[str] = []
        self.handled: list[str] = []
        self.at: list[float] = []

    def __call__(self, _name: str, event: Any) -> Any:
        ids = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        self.batches.append("".join(ids))
        self.at.append(self.scheduler.elapsed)
        self.scheduler.sleep(self.seconds)
        for number, (id_, record) in enumerate(zip(ids, event["Records"], strict=True)):
            if id_ in self.fails:
                if self.reports and number:
                    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
                raise Failure("Broken")
            self.handled.append(id_)
        return {"batchItemFailures": []}


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler()
    with scheduler.running():
        yield scheduler


def follow(scheduler: Scheduler, function: Any, ids: str, **rules: Any) -> Follower:
    """Have a change of each of these items follow each other at once, and let all happen that follows from it."""
    following = Following("F", "t", lambda _old, _new: True, **{"batch_size": 4, **rules})
    follower = Follower(following, scheduler, function)

    def change() -> None:
        for id_ in ids:
            follower.changed("t", None, {"id": {"S": id_}})

    scheduler.spawn(change)
    scheduler.run()
    return follower


def test_changes_come_in_order_in_batches_after_they_were_gathered(scheduler: Scheduler) -> None:
    function = Function(scheduler)
    assert follow(scheduler, function, "abcdef", gather_seconds=5).discarded == 0
    assert (function.batches, function.at) == (["abcd", "ef"], [5, 5])


def test_a_batch_that_fails_is_halved_until_the_one_that_fails_is_alone(scheduler: Scheduler) -> None:
    function = Function(scheduler, "c")
    found = follow(scheduler, function, "abcdef", max_retries=2)
    assert function.batches[:4] == ["abcd", "ab", "cd", "c"]
    assert function.batches[-2:] == ["d", "ef"]
    assert (function.handled[-3:], found.discarded) == (["d", "e", "f"], 1)


def test_what_comes_after_a_reported_failure_is_tried_again_and_nothing_before_it(scheduler: Scheduler) -> None:
    function = Function(scheduler, "c", reports=True)
    found = follow(scheduler, function, "abcd", max_retries=2)
    assert function.batches[:3] == ["abcd", "cd", "c"]
    assert (function.handled, found.discarded) == (["a", "b", "d"], 1)


def test_a_change_is_given_up_after_so_many_seconds_and_those_that_waited_behind_it_are_older_too(
    scheduler: Scheduler,
) -> None:
    function = Function(scheduler, "a")
    found = follow(scheduler, function, "ab", batch_size=1, max_record_age_seconds=30)
    assert [round(at) for at in function.at] == [0, 1, 2, 4, 6, 9, 13, 18, 24]
    assert (function.handled, found.discarded) == ([], 2)


def test_a_change_is_given_up_after_so_many_retries(scheduler: Scheduler) -> None:
    function = Function(scheduler, "a")
    found = follow(scheduler, function, "ab", batch_size=1, max_retries=2)
    assert (function.batches, found.discarded) == (["a", "a", "a", "b"], 1)


def test_a_throttle_is_no_retry(scheduler: Scheduler) -> None:
    function, throttled = Function(scheduler), iter(range(5))

    def call(name: str, event: Any) -> Any:
        if next(throttled, None) is not None:
            raise Failure(THROTTLED)
        return function(name, event)

    assert follow(scheduler, call, "abcd", max_retries=2).discarded == 0
    assert function.batches == ["abcd"]


def test_several_batches_at_once_keep_the_changes_of_each_item_in_order(scheduler: Scheduler) -> None:
    function = Function(scheduler, seconds=10)
    follow(scheduler, function, "abcdefgh" * 2, batch_size=1, parallelization_factor=4)
    assert scheduler.elapsed < 160
    assert sorted(function.batches) == sorted("abcdefgh" * 2)
    assert len(set(function.at)) < len(function.at)

"""A queue on virtual time: a message comes again after its visibility, until a function has handled it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from sfnx.testing import Failure

from simulation.aws.queues import Consumer, Queue, Queues
from simulation.weather import Weather
from tests.unit.simulation.aws.deployed import Calm

ALL_HANDLED: Mapping[str, Any] = {"batchItemFailures": []}
TAKE = Consumer("Take", batch_size=10, max_concurrency=1_000)
Handle = Callable[[Any], Any]


def played(
    handle: Handle, weather: Weather | None = None, bodies: int = 1, consumer: Consumer = TAKE, **properties: Any
) -> tuple[Queue, Queue]:
    """Put messages into a queue that a function takes from. Returns it, and its dead letters, once all has happened."""
    calm = Calm(weather=weather or Weather("1"))
    policy = {"RedrivePolicy": {"maxReceiveCount": 3, "deadLetterTargetArn": "dead"}}
    with calm.running():
        queue = Queue("Q", {"VisibilityTimeout": 60, **policy, **properties}, calm.scheduler, calm.weather)
        dead = Queue("Dead", {}, calm.scheduler, calm.weather)
        Queues({"q": queue, "dead": dead}, {"q": queue, "dead": dead})

        def call(_: str, event: Any) -> Any:
            for record in event["Records"]:
                record["at"] = calm.scheduler.elapsed
            return handle(event)

        queue.feed(consumer, call)
        calm.do(lambda: [queue.put(str(number)) for number in range(bodies)])
    return queue, dead


def test_a_message_that_was_handled_is_gone() -> None:
    taken: list[Any] = []

    def handle(event: Any) -> Any:
        taken.extend(event["Records"])
        return ALL_HANDLED

    queue, _ = played(handle)
    assert [each["body"] for each in taken] == ["0"]
    assert taken[0]["attributes"]["ApproximateReceiveCount"] == "1"
    assert queue.messages == []


def test_a_message_that_failed_comes_again_after_its_visibility_and_then_is_a_dead_letter() -> None:
    at: list[float] = []

    def fail(event: Any) -> Any:
        at.append(event["Records"][0]["at"])
        raise Failure("Error", "never")

    queue, dead = played(fail)
    assert [round(later - earlier) for earlier, later in pairwise(at)] == [60, 60]
    assert (queue.messages, [each.body for each in dead.messages]) == ([], ["0"])


def test_only_what_is_reported_comes_again() -> None:
    bodies: list[list[str]] = []

    def handle(event: Any) -> Any:
        bodies.append(sorted(record["body"] for record in event["Records"]))
        first = [record for record in event["Records"] if record["body"] == "1"]
        again = first if len([each for each in bodies if "1" in each]) < 2 else []
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again]}

    queue, _ = played(handle, bodies=3)
    assert sorted(body for each in bodies for body in each) == ["0", "1", "1", "2"]
    assert queue.messages == []


def test_messages_that_are_visible_at_a_poll_come_together() -> None:
    batches: list[int] = []

    def handle(event: Any) -> Any:
        batches.append(len(event["Records"]))
        return ALL_HANDLED

    queue, _ = played(handle, bodies=25)
    assert (sum(batches), max(batches)) == (25, 10)
    assert len(batches) < 10
    assert queue.messages == []


def test_no_more_batches_are_under_way_than_the_mapping_allows() -> None:
    begun: list[float] = []
    under_way: list[int] = []

    def handle(event: Any) -> Any:
        begun.append(event["Records"][0]["at"])
        under_way.append(1 + sum(each > begun[-1] - 99 for each in begun[:-1]))
        time.sleep(100)
        return ALL_HANDLED

    queue, _ = played(
        handle, bodies=7, consumer=Consumer("Take", batch_size=1, max_concurrency=2), VisibilityTimeout=360
    )
    assert (len(begun), max(under_way)) == (7, 2)
    assert 300 <= begun[-1] < 301
    assert queue.messages == []


def test_a_message_may_be_hidden_for_less_time() -> None:
    at: list[float] = []
    calm = Calm()
    with calm.running():
        queue = Queue("Q", {"VisibilityTimeout": 360}, calm.scheduler, calm.weather)

        def call(_: str, event: Any) -> Any:
            at.append(calm.scheduler.elapsed)
            if len(at) == 1:
                queue.hide(event["Records"][0]["receiptHandle"], 5)
                raise Failure("Error", "once")
            return ALL_HANDLED

        queue.feed(TAKE, call)
        calm.do(lambda: queue.put("x"))
    assert round(at[1] - at[0]) == 5


@pytest.mark.parametrize("kind", ["twice", "delayed"])
def test_sqs_may_hand_a_message_out_twice_or_late(kind: str) -> None:
    taken: list[Any] = []

    def handle(event: Any) -> Any:
        taken.extend(event["Records"])
        return ALL_HANDLED

    played(handle, Weather("1", {kind: 1.0}))
    assert {each["body"] for each in taken} == {"0"}
    assert (len(taken) > 1) if kind == "twice" else (taken[0]["at"] >= 30)

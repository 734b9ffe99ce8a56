"""The learned schedules: what the port promises, kept by the table in DynamoDB and by the fake of other tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.session import Session

from greenroom.adapters.schedules_table import FULL, DynamoDbSchedules
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import Learned, Pool, Schedules, relearn
from simulation.dynamodb import DynamoDb
from simulation.dynamodb.limits import ITEM_BYTES
from simulation.dynamodb.sizes import size
from simulation.wire import answered
from tests.support.fakes import InMemorySchedules
from tests.support.tables import a_table

POOL, OTHER = Pool("nimble", "studio"), Pool("gameliftstreams", "sg-1/a-1")
SESSION, STREAM = Waiting.SESSION, Waiting.STREAM
FIRST, SECOND, UNSEEN = Observation(0, 5), Observation(10, 12), Observation(30, None)
PLAN = Schedule((5, 10), median=7, latest=9)


@pytest.fixture(params=["in memory", "DynamoDB"])
def schedules(request: pytest.FixtureRequest) -> Schedules:
    if request.param == "in memory":
        return InMemorySchedules()
    client: Any = request.getfixturevalue("dynamodb_client")
    return DynamoDbSchedules(client, a_table(client))


def of(schedules: Schedules, pool: Pool = POOL) -> Learned:
    found = schedules.read(pool)
    assert found
    return found


def test_nothing_is_known_of_a_pool_that_was_never_seen(schedules: Schedules) -> None:
    assert (schedules.read(POOL), schedules.of(POOL), list(schedules.all())) == (None, {}, [])


def test_observations_are_kept_in_the_order_in_which_they_came(schedules: Schedules) -> None:
    schedules.observe(POOL, {STREAM: FIRST})
    schedules.observe(POOL, {SESSION: UNSEEN, STREAM: SECOND})
    assert of(schedules) == Learned(POOL, {SESSION: [UNSEEN], STREAM: [FIRST, SECOND]}, {}, is_stale=True)
    assert schedules.of(POOL) == {}
    assert schedules.read(OTHER) is None


def test_what_was_learned_is_what_the_next_request_gets(schedules: Schedules) -> None:
    schedules.observe(POOL, {STREAM: FIRST})
    schedules.keep(replace(of(schedules), schedules={STREAM: PLAN}), {STREAM: 0})
    assert schedules.of(POOL) == {STREAM: PLAN}
    assert of(schedules) == Learned(POOL, {STREAM: [FIRST]}, {STREAM: PLAN})


def test_the_oldest_are_forgotten_wait_by_wait(schedules: Schedules) -> None:
    for each in (FIRST, SECOND, UNSEEN):
        schedules.observe(POOL, {SESSION: each, STREAM: each})
    plans = {SESSION: PLAN, STREAM: replace(PLAN, median=8)}
    schedules.keep(replace(of(schedules), schedules=plans), {SESSION: 0, STREAM: 2})
    assert of(schedules) == Learned(POOL, {SESSION: [FIRST, SECOND, UNSEEN], STREAM: [UNSEEN]}, plans)


def test_as_many_as_are_kept_can_be_forgotten_at_once(schedules: Schedules) -> None:
    for number in range(5):
        schedules.observe(POOL, {STREAM: Observation(number, number + 1)})
    schedules.keep(replace(of(schedules), schedules={STREAM: PLAN}), {STREAM: 5})
    assert list(of(schedules).seen[STREAM]) == []
    assert KEPT > 5


def test_all_pools_can_be_shown(schedules: Schedules) -> None:
    schedules.observe(POOL, {STREAM: FIRST})
    schedules.observe(OTHER, {STREAM: SECOND})
    assert {learned.pool for learned in schedules.all()} == {POOL, OTHER}
    assert [learned for learned in schedules.all() if learned.pool == OTHER] == [of(schedules, OTHER)]


def test_what_was_seen_while_the_schedules_were_made_is_not_lost(dynamodb_client: Any) -> None:
    schedules = DynamoDbSchedules(dynamodb_client, a_table(dynamodb_client))
    schedules.observe(POOL, {STREAM: FIRST})
    read = of(schedules)
    schedules.observe(POOL, {SESSION: UNSEEN, STREAM: SECOND})
    schedules.keep(replace(read, schedules={STREAM: PLAN}), {STREAM: 1})
    assert of(schedules).seen == {SESSION: [UNSEEN], STREAM: [FIRST, SECOND]}


@pytest.mark.parametrize("seen", [{STREAM: SECOND}, {SESSION: UNSEEN}])
def test_and_the_schedules_are_stale_still(dynamodb_client: Any, seen: dict[Waiting, Observation]) -> None:
    """Its change of the table may have been answered already, by the making of the schedules that do not know it."""
    schedules = DynamoDbSchedules(dynamodb_client, a_table(dynamodb_client))
    schedules.observe(POOL, {STREAM: FIRST})
    read = of(schedules)
    schedules.observe(POOL, seen)
    schedules.keep(replace(read, schedules={STREAM: PLAN}), {STREAM: 0})
    assert of(schedules).is_stale


def a_pool(client: Any, **seen: list[Observation]) -> DynamoDbSchedules:
    """Make a table in which this was seen of POOL, and is not learned from yet; `seenStream`, `seenSession`."""
    table = a_table(client)
    lists = {
        name: {"L": [{"N": str(number)} for each in all_ for number in (each.after, each.by or 0)]}
        for name, all_ in seen.items()
    }
    key = {"id": {"S": "nimble/studio"}, "provider": {"S": "nimble"}, "pool": {"S": "studio"}}
    client.put_item(TableName=table, Item={**key, "stale": {"BOOL": True}, **lists})
    return DynamoDbSchedules(client, table)


def numbered(count: int) -> list[Observation]:
    return [Observation(number, number + 1) for number in range(count)]


@pytest.mark.parametrize("waits", [["seenStream"], ["seenStream", "seenSession"]], ids=len)
def test_however_many_came_since_the_last_time_the_pool_is_learned(dynamodb_client: Any, waits: list[str]) -> None:
    """The names of all that is to be forgotten would be longer than an expression of DynamoDB may be."""
    all_ = numbered(KEPT + 700)
    schedules = a_pool(dynamodb_client, **dict.fromkeys(waits, all_))
    relearn(POOL, look_cost=0.5, schedules=schedules)
    learned = of(schedules)
    assert [list(seen) for seen in learned.seen.values()] == [all_[-KEPT:]] * len(waits)
    assert learned.schedules.keys() == learned.seen.keys()
    assert not learned.is_stale


def test_a_pool_that_nobody_learns_from_stops_growing_and_keeps_the_latest(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, seenStream=numbered(FULL))
    new = [Observation(90_000 + number, None) for number in range(5)]
    for each in new:
        schedules.observe(POOL, {SESSION: each, STREAM: each})
    seen = of(schedules).seen
    assert FULL - 1 <= len(seen[STREAM]) <= FULL
    assert seen[STREAM][-5:] == new == seen[SESSION]


def test_a_pool_that_is_full_is_learned_however_fast_observations_come(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, seenStream=numbered(FULL))
    for count in (1, 2):
        read = of(schedules)
        for _ in range(count):
            schedules.observe(POOL, {STREAM: FIRST})
        schedules.keep(replace(read, schedules={STREAM: PLAN}), {STREAM: len(read.seen[STREAM]) - KEPT})
        kept = of(schedules)
        assert (len(kept.seen[STREAM]), kept.schedules, kept.is_stale) == (KEPT, {STREAM: PLAN}, False)
        schedules = a_pool(dynamodb_client, seenStream=numbered(FULL - 1))


@pytest.mark.parametrize("spare", [0, 3])
def test_an_item_that_earlier_releases_let_grow_to_400_kb_heals_by_the_next_outcome(spare: int) -> None:
    """Neither was anything added to it any more, nor learned from it."""
    head = {"id": {"S": "nimble/studio"}, "provider": {"S": "nimble"}, "pool": {"S": "studio"}, "stale": {"BOOL": True}}
    pairs = (ITEM_BYTES - size({**head, "seenStream": {"L": []}}) - spare) // 6
    item = {**head, "seenStream": {"L": [{"N": "9"}, {"N": "11"}] * pairs}}
    assert ITEM_BYTES - 6 - spare < size(item) <= ITEM_BYTES
    schedules = in_process(item)
    schedules.observe(POOL, {STREAM: Observation(86_399, None)})
    assert len(of(schedules).seen[STREAM]) == pairs - 1
    relearn(POOL, look_cost=0.5, schedules=schedules)
    learned = of(schedules)
    assert (len(learned.seen[STREAM]), learned.is_stale) == (KEPT, False)
    assert learned.seen[STREAM][-1] == Observation(86_399, None)


def in_process(item: Mapping[str, Any]) -> DynamoDbSchedules:
    """Make a table in the DynamoDB of the virtual clock, which counts bytes as AWS does; moto does not."""
    database = DynamoDb({"schedules": ("id",)})
    database.load("schedules", [dict(item)])
    with answered({"dynamodb": database.answer}):
        client: Any = Session().create_client("dynamodb", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
    return DynamoDbSchedules(client, "schedules")


def test_a_table_that_does_not_answer_is_an_error_by_the_port_s_name(dynamodb_client: Any) -> None:
    schedules = DynamoDbSchedules(dynamodb_client, "no-such-table")
    for call in (
        lambda: schedules.of(POOL),
        lambda: schedules.read(POOL),
        lambda: list(schedules.all()),
        lambda: schedules.observe(POOL, {STREAM: FIRST}),
        lambda: schedules.keep(Learned(POOL, {}, {STREAM: PLAN}), {}),
    ):
        with pytest.raises(SchedulesUnavailable):
            call()

"""The learned schedules: what the port promises, kept by the table in DynamoDB and by the fake of other tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from greenroom.adapters.schedules_table import DynamoDbSchedules
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import Learned, Pool, Schedules
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

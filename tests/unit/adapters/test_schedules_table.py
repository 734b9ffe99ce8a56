"""The learned schedules: what the port promises, kept by the table in DynamoDB and by the fake of other tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from botocore.session import Session

from greenroom.adapters.schedules_table import KEPT_IN_A_PART, PARTS, DynamoDbSchedules
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import Learned, Pool, Schedules, relearn
from simulation.dynamodb import DynamoDb
from simulation.dynamodb.limits import ITEM_BYTES
from simulation.dynamodb.values import size
from simulation.wire import answered
from tests.support.fakes import InMemorySchedules
from tests.support.tables import a_table, in_pages_of
from tests.unit.adapters.test_members_index import Sparing

POOL, OTHER = Pool("nimble", "studio"), Pool("gameliftstreams", "sg-1/a-1")
SESSION, STREAM = Waiting.SESSION, Waiting.STREAM
FIRST, SECOND, UNSEEN = Observation(0, 5), Observation(10, 12), Observation(30, None)
PLAN = Schedule((5, 10), median=7, latest=9)


@pytest.fixture(params=["in memory", "DynamoDB"])
def schedules(request: pytest.FixtureRequest) -> Schedules:
    if request.param == "in memory":
        return InMemorySchedules()
    client: Any = request.getfixturevalue("dynamodb_client")
    return in_dynamodb(client)


def in_dynamodb(client: Any) -> DynamoDbSchedules:
    """Make a table on a clock that ticks at each look at it, so that what comes later is later."""
    return DynamoDbSchedules(client, a_table(client), count().__next__)


def of(schedules: Schedules, pool: Pool = POOL) -> Learned:
    found = schedules.read(pool)
    assert found
    return found


def test_nothing_is_known_of_a_pool_that_was_never_seen(schedules: Schedules) -> None:
    assert (schedules.read(POOL), schedules.of(POOL), list(schedules.all())) == (None, {}, [])


def test_observations_are_kept_in_the_order_in_which_they_came(schedules: Schedules) -> None:
    schedules.observe(POOL, {STREAM: FIRST})
    assert of(schedules).is_stale
    schedules.observe(POOL, {SESSION: UNSEEN, STREAM: SECOND})
    assert of(schedules) == Learned(POOL, {SESSION: [UNSEEN], STREAM: [FIRST, SECOND]}, {}, is_stale=True)
    assert schedules.of(POOL) == {}
    assert schedules.read(OTHER) is None


def test_what_was_learned_is_what_the_next_request_gets(schedules: Schedules) -> None:
    schedules.observe(POOL, {STREAM: FIRST})
    schedules.keep(replace(of(schedules), schedules={STREAM: PLAN}), {STREAM: 0})
    assert schedules.of(POOL) == {STREAM: PLAN}
    assert of(schedules) == Learned(POOL, {STREAM: [FIRST]}, {STREAM: PLAN})


def test_the_oldest_of_release_0_1_0_are_forgotten_wait_by_wait(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, seenSession=[FIRST, SECOND, UNSEEN], seenStream=[FIRST, SECOND, UNSEEN])
    plans = {SESSION: PLAN, STREAM: replace(PLAN, median=8)}
    schedules.keep(replace(of(schedules), schedules=plans), {SESSION: 0, STREAM: 2})
    assert of(schedules) == Learned(POOL, {SESSION: [FIRST, SECOND, UNSEEN], STREAM: [UNSEEN]}, plans)


def test_what_nobody_says_to_forget_is_kept(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, seenStream=[FIRST, SECOND])
    schedules.keep(replace(of(schedules), schedules={STREAM: PLAN}), {})
    assert of(schedules) == Learned(POOL, {STREAM: [FIRST, SECOND]}, {STREAM: PLAN})


def test_of_what_was_never_seen_there_is_nothing_to_learn(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client)
    schedules.keep(Learned(POOL, {}, {STREAM: PLAN}), {})
    assert of(schedules) == Learned(POOL, {}, {STREAM: PLAN})


def test_what_release_0_1_0_has_learned_from_is_not_stale(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, is_stale=False, seenStream=[FIRST])
    assert not of(schedules).is_stale


def test_as_many_as_are_kept_can_be_forgotten_at_once(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, seenStream=numbered(5))
    schedules.keep(replace(of(schedules), schedules={STREAM: PLAN}), {STREAM: 5})
    assert list(of(schedules).seen[STREAM]) == []
    assert KEPT > 5


def test_all_pools_can_be_shown(schedules: Schedules) -> None:
    schedules.observe(POOL, {STREAM: FIRST})
    schedules.observe(OTHER, {STREAM: SECOND})
    assert {learned.pool for learned in schedules.all()} == {POOL, OTHER}
    assert [learned for learned in schedules.all() if learned.pool == OTHER] == [of(schedules, OTHER)]


def test_all_pools_are_shown_however_many_pages_they_are(dynamodb_client: Any) -> None:
    schedules = in_dynamodb(dynamodb_client)
    for pool in (POOL, OTHER):
        schedules.observe(pool, {STREAM: FIRST})
        schedules.keep(replace(of(schedules, pool), schedules={STREAM: PLAN}), {})
    paged = DynamoDbSchedules(in_pages_of(1), table_of(dynamodb_client))
    found = {learned.pool: learned for learned in paged.all()}
    assert found == {pool: of(schedules, pool) for pool in (POOL, OTHER)}


def test_what_was_seen_while_the_schedules_were_made_is_not_lost(dynamodb_client: Any) -> None:
    schedules = in_dynamodb(dynamodb_client)
    schedules.observe(POOL, {STREAM: FIRST})
    read = of(schedules)
    schedules.observe(POOL, {SESSION: UNSEEN, STREAM: SECOND})
    schedules.keep(replace(read, schedules={STREAM: PLAN}), {STREAM: 1})
    assert of(schedules).seen == {SESSION: [UNSEEN], STREAM: [FIRST, SECOND]}


@pytest.mark.parametrize("seen", [{STREAM: SECOND}, {SESSION: UNSEEN}])
def test_and_the_schedules_are_stale_still(dynamodb_client: Any, seen: dict[Waiting, Observation]) -> None:
    """Its change of the table may have been answered already, by the making of the schedules that do not know it."""
    schedules = in_dynamodb(dynamodb_client)
    schedules.observe(POOL, {STREAM: FIRST})
    read = of(schedules)
    schedules.observe(POOL, seen)
    schedules.keep(replace(read, schedules={STREAM: PLAN}), {STREAM: 0})
    assert of(schedules).is_stale


def a_pool(client: Any, *, is_stale: bool = True, **seen: list[Observation]) -> DynamoDbSchedules:
    """Make a table in which release 0.1.0 kept this of POOL: `seenStream`, `seenSession`."""
    schedules = in_dynamodb(client)
    lists = {
        name: {"L": [{"N": str(number)} for each in all_ for number in (each.after, each.by or 0)]}
        for name, all_ in seen.items()
    }
    key = {"id": {"S": "nimble/studio"}, "provider": {"S": "nimble"}, "pool": {"S": "studio"}}
    client.put_item(TableName=table_of(client), Item={**key, "stale": {"BOOL": is_stale}, **lists})
    return schedules


def table_of(client: Any) -> str:
    """The table that was made last."""
    names: list[str] = client.list_tables()["TableNames"]
    return max(names, key=lambda name: int(name.rpartition("-")[2]))


def numbered(many: int) -> list[Observation]:
    return [Observation(number, number + 1) for number in range(many)]


@pytest.mark.parametrize("waits", [["seenStream"], ["seenStream", "seenSession"]], ids=len)
def test_however_many_came_since_the_last_time_the_pool_is_learned(dynamodb_client: Any, waits: list[str]) -> None:
    """The names of all that is to be forgotten would be longer than an expression of DynamoDB may be."""
    all_ = numbered(KEPT + 700)
    schedules = a_pool(dynamodb_client, **dict.fromkeys(waits, all_))  # type: ignore[arg-type]  # `is_stale` is not among them
    relearn(POOL, look_cost=0.5, schedules=schedules)
    learned = of(schedules)
    assert [list(seen) for seen in learned.seen.values()] == [all_[-KEPT:]] * len(waits)
    assert learned.schedules.keys() == learned.seen.keys()
    assert not learned.is_stale


@pytest.mark.parametrize("waits", [(STREAM,), (SESSION, STREAM)], ids=len)
def test_a_pool_keeps_the_latest_and_no_item_of_it_grows_beyond_a_write_unit(waits: tuple[Waiting, ...]) -> None:
    """Whether anybody learns from it or not: each observation then takes the place of the oldest in its part."""
    schedules, database = in_process()
    pool = Pool("nimble", "us-west-2-lk3jdh4f9a7s2d")
    all_ = [Observation(1000 + number, 1500 + number) for number in range(3 * PARTS * KEPT_IN_A_PART)]
    for each in all_:
        schedules.observe(pool, dict.fromkeys(waits, each))
    items = database.items("schedules")
    assert len(items) == PARTS
    assert max(map(size, items)) <= 1024 * len(waits)
    seen = of(schedules, pool).seen
    assert set(seen) == set(waits)
    for kept in seen.values():
        assert len(kept) == PARTS * KEPT_IN_A_PART >= KEPT
        assert list(kept) == sorted(kept, key=all_.index)
        # Parts are chosen at random, so the oldest that are kept are nearly the latest that came.
        assert set(all_[-KEPT // 2 :]) <= set(kept)


def test_a_part_that_is_full_loses_its_oldest_and_has_the_learner_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.randrange", lambda _parts: 0)
    schedules, database = in_process()
    all_ = numbered(KEPT_IN_A_PART + 3)
    for each in all_:
        schedules.observe(POOL, {STREAM: each})
    assert of(schedules).seen == {STREAM: all_[3:]}
    (part,) = database.items("schedules")
    assert (part["stale"], part["count"]) == ({"BOOL": True}, {"N": str(len(all_))})


def test_an_observation_of_a_known_pool_is_one_write() -> None:
    schedules, database = in_process()
    for number in range(2 * PARTS * KEPT_IN_A_PART):
        schedules.observe(POOL, {STREAM: Observation(number, number + 1)})
    before = database.calls["UpdateItem", "schedules"]
    for _ in range(20):
        schedules.observe(POOL, {STREAM: FIRST})
    assert database.calls["UpdateItem", "schedules"] == before + 20


def test_a_wait_that_is_new_to_a_full_part_is_kept_too() -> None:
    schedules, _ = in_process()
    for number in range(2 * PARTS * KEPT_IN_A_PART):
        schedules.observe(POOL, {STREAM: Observation(number, number + 1)})
    schedules.observe(POOL, {SESSION: FIRST, STREAM: SECOND})
    seen = of(schedules).seen
    assert (seen[SESSION], seen[STREAM][-1]) == ([FIRST], SECOND)


def test_what_release_0_1_0_has_seen_is_older_than_all_that_comes(dynamodb_client: Any) -> None:
    schedules = a_pool(dynamodb_client, seenStream=numbered(KEPT))
    new = [Observation(90_000 + number, None) for number in range(5)]
    for each in new:
        schedules.observe(POOL, {SESSION: each, STREAM: each})
    assert of(schedules).seen == {SESSION: new, STREAM: [*numbered(KEPT), *new]}
    relearn(POOL, look_cost=0.5, schedules=schedules)
    learned = of(schedules)
    assert learned.seen == {SESSION: new, STREAM: [*numbered(KEPT)[5:], *new]}
    assert not learned.is_stale
    assert [each.pool for each in schedules.all()] == [POOL]


def test_of_two_that_learn_at_once_the_one_stays_that_knew_more() -> None:
    schedules, _ = in_process()
    schedules.observe(POOL, {STREAM: FIRST})
    less = of(schedules)
    schedules.observe(POOL, {STREAM: SECOND})
    schedules.keep(replace(of(schedules), schedules={STREAM: PLAN}), {STREAM: 0})
    schedules.keep(replace(less, schedules={STREAM: replace(PLAN, median=1)}), {STREAM: 0})
    assert schedules.of(POOL) == {STREAM: PLAN}
    assert not of(schedules).is_stale


@pytest.mark.parametrize("spare", [0, 3])
def test_an_item_that_earlier_releases_let_grow_to_400_kb_heals_by_the_next_outcome(spare: int) -> None:
    """Neither was anything added to it any more, nor learned from it."""
    head = {"id": {"S": "nimble/studio"}, "provider": {"S": "nimble"}, "pool": {"S": "studio"}, "stale": {"BOOL": True}}
    pairs = (ITEM_BYTES - size({**head, "seenStream": {"L": []}}) - spare) // 6
    item = {**head, "seenStream": {"L": [{"N": "9"}, {"N": "11"}] * pairs}}
    assert ITEM_BYTES - 6 - spare < size(item) <= ITEM_BYTES
    schedules, _ = in_process(item)
    schedules.observe(POOL, {STREAM: Observation(86_399, None)})
    relearn(POOL, look_cost=0.5, schedules=schedules)
    learned = of(schedules)
    assert (len(learned.seen[STREAM]), learned.is_stale) == (KEPT, False)
    assert learned.seen[STREAM][-1] == Observation(86_399, None)


def in_process(*items: Mapping[str, Any]) -> tuple[DynamoDbSchedules, DynamoDb]:
    """Make a table in the DynamoDB of the virtual clock, which counts bytes as AWS does; moto does not."""
    database = DynamoDb({"schedules": ("id",)})
    database.load("schedules", map(dict, items))
    with answered({"dynamodb": database.answer}):
        client: Any = Session().create_client("dynamodb", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
    return DynamoDbSchedules(client, "schedules", count(1_764_000_000).__next__), database


def test_a_pool_that_dynamodb_has_no_room_to_read_is_an_error_after_some_pauses(
    dynamodb_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    sparing: Any = Sparing(dynamodb_client, 0)
    with pytest.raises(SchedulesUnavailable, match=r"^DynamoDB has no room"):
        DynamoDbSchedules(sparing, a_table(dynamodb_client)).read(POOL)
    assert pauses[:3] == [0.05, 0.1, 0.2]


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

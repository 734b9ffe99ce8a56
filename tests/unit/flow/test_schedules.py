"""The observations of a pool, and the schedules that new requests get by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import RequestState, Wait, Waiting
from greenroom.flow.learning import KEPT, Observation, learn, unlearned
from greenroom.flow.outcomes import observe
from greenroom.flow.schedules import Learned, Looks, Planner, Pool, relearn
from tests.support.examples import SCHEDULE, a_record
from tests.support.fakes import NOW, InMemorySchedules

POOL = Pool("nimble", "studio")


class Broken(InMemorySchedules):
    def of(self, pool: Pool) -> Looks:
        raise SchedulesUnavailable(f"DynamoDB has no {pool}")

    def observe(self, pool: Pool, seen: Mapping[Waiting, Observation]) -> None:  # noqa: ARG002
        raise SchedulesUnavailable(f"DynamoDB has no {pool}")


def _never() -> None:
    pytest.fail("nothing was unavailable")


def test_a_wait_of_which_nothing_was_learned_gets_what_is_plausible_anywhere() -> None:
    planner = Planner(InMemorySchedules(Learned(POOL, {}, {Waiting.STREAM: SCHEDULE})), 0.5, _never)
    assert planner.plan(POOL) == {Waiting.SESSION: unlearned(look_cost=0.5), Waiting.STREAM: SCHEDULE}
    assert set(planner.plan(Pool("nimble", "other")).values()) == {unlearned(look_cost=0.5)}


def test_what_cannot_be_read_is_told_and_fails_no_request() -> None:
    told: list[str] = []
    planner = Planner(Broken(), 0.5, lambda: told.append("unavailable"))
    assert set(planner.plan(POOL).values()) == {unlearned(look_cost=0.5)}
    assert told == ["unavailable"]


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_every_outcome_tells_what_its_looks_showed(state: RequestState) -> None:
    waits = {Waiting.SESSION: Wait(NOW, 30, 40), Waiting.STREAM: Wait(NOW + timedelta(seconds=40), 12)}
    schedules = InMemorySchedules()
    observe(a_record(state=state, waits=waits), schedules, _never)
    assert schedules.learned[POOL].seen == {
        Waiting.SESSION: [Observation(30, 40)],
        Waiting.STREAM: [Observation(12, None)],
    }


def test_a_request_that_waited_for_nothing_tells_nothing() -> None:
    schedules = InMemorySchedules()
    observe(a_record(waits={Waiting.STREAM: Wait(NOW)}), schedules, _never)
    assert schedules.learned == {}


def test_what_cannot_be_kept_is_told_and_harms_nobody() -> None:
    told: list[str] = []
    observe(a_record(waits={Waiting.STREAM: Wait(NOW, 12, 18)}), Broken(), lambda: told.append("unavailable"))
    assert told == ["unavailable"]


def test_the_schedules_of_a_pool_follow_from_the_latest_that_was_seen_of_it() -> None:
    old, new = [Observation(500, 501)] * 3, [Observation(9, 11)] * KEPT
    schedules = InMemorySchedules(Learned(POOL, {Waiting.STREAM: [*old, *new]}, {}, is_stale=True))
    relearn(POOL, look_cost=0.5, schedules=schedules)
    learned = schedules.learned[POOL]
    assert learned.schedules == {Waiting.STREAM: learn(new, look_cost=0.5)}
    assert (learned.seen, learned.is_stale) == ({Waiting.STREAM: new}, False)


def test_of_a_pool_that_is_hardly_known_nothing_is_forgotten() -> None:
    few = [Observation(9, 11), Observation(10, 12)]
    schedules = InMemorySchedules(Learned(POOL, {Waiting.STREAM: few}, {}, is_stale=True))
    relearn(POOL, look_cost=0.5, schedules=schedules)
    assert schedules.learned[POOL].seen == {Waiting.STREAM: few}


def test_nothing_is_made_twice() -> None:
    learned = Learned(POOL, {Waiting.STREAM: [Observation(9, 11)]}, {Waiting.STREAM: SCHEDULE})
    schedules = InMemorySchedules(learned)
    relearn(POOL, look_cost=0.5, schedules=schedules)
    relearn(Pool("nimble", "never seen"), look_cost=0.5, schedules=schedules)
    assert schedules.learned == {POOL: learned}

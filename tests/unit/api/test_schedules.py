"""The call that shows what was learned."""

from __future__ import annotations

import json

from greenroom.api.schedules import MAX_SCHEDULES, list_schedules
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, MAX_LOOKS, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import Learned, Pool
from tests.support.documents import fits_component
from tests.support.fakes import InMemorySchedules

STUDIO = Learned(
    Pool("nimble", "studio"),
    {
        Waiting.SESSION: [Observation(0, 40)],
        Waiting.STREAM: [Observation(10, 12), Observation(30, None)],
    },
    {
        Waiting.STREAM: Schedule((5, 10, 20), median=12, latest=25),
        Waiting.SESSION: Schedule((30, 60), median=40, latest=60),
    },
)


def test_every_schedule_is_shown_with_what_it_was_learned_from() -> None:
    answer = list_schedules(schedules=InMemorySchedules(STUDIO))
    assert answer.status == 200
    assert answer.body["schedules"][1] == {
        "provider": "nimble",
        "pool": "studio",
        "waitingFor": "stream",
        "observations": 2,
        "median": 12,
        "latest": 25,
        "looks": [5, 10, 20],
        "seen": [[10, 12], [30, None]],
    }
    assert fits_component("SchedulesPage", answer.body)


def test_they_come_in_the_order_of_provider_pool_and_wait() -> None:
    others = [Learned(Pool(*pool), STUDIO.seen, STUDIO.schedules) for pool in (("nimble", "a"), ("dcv", "dcv"))]
    shown = list_schedules(schedules=InMemorySchedules(STUDIO, *others)).body["schedules"]
    assert [(view["provider"], view["pool"], view["waitingFor"]) for view in shown] == [
        (provider, pool, wait)
        for provider, pool in (("dcv", "dcv"), ("nimble", "a"), ("nimble", "studio"))
        for wait in ("session", "stream")
    ]


def test_of_more_schedules_than_an_answer_can_have_the_best_known_are_shown_and_the_others_counted() -> None:
    """Lambda answers 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    seen = {Waiting.STREAM: [Observation(86_399, 86_400)] * KEPT}
    schedule = {Waiting.STREAM: Schedule(tuple(range(10_000, 10_000 + MAX_LOOKS)), median=10_000, latest=86_400)}
    large = [Learned(Pool("jupyterhub", f"{'p' * 200}-{number}"), seen, schedule) for number in range(MAX_SCHEDULES)]
    body = list_schedules(schedules=InMemorySchedules(STUDIO, *large)).body
    assert {each["provider"] for each in body["schedules"]} == {"jupyterhub"}
    assert (len(body["schedules"]), body["more"]) == (MAX_SCHEDULES, 2)
    assert len(json.dumps(json.dumps(body))) < 6 * 1024 * 1024
    assert fits_component("SchedulesPage", body)


def test_a_pool_of_which_nothing_was_learned_yet_is_not_shown() -> None:
    schedules = InMemorySchedules()
    assert list_schedules(schedules=schedules).body == {"schedules": []}
    schedules.observe(Pool("nimble", "studio"), {Waiting.STREAM: Observation(10, 12)})
    assert list_schedules(schedules=schedules).body == {"schedules": []}

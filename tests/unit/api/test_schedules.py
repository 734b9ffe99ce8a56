"""The call that shows what was learned."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from greenroom.api.input import MAX_PAGE
from greenroom.api.owners import Owners
from greenroom.api.schedules import MAX_POOLS, MAX_SCHEDULES, PAGES, list_schedules
from greenroom.api.views import Answer
from greenroom.domain.values import Waiting
from greenroom.flow.learning import KEPT, MAX_LOOKS, Observation
from greenroom.flow.schedule import Schedule
from greenroom.flow.schedules import Learned, Pool
from tests.support.documents import fits_component
from tests.support.examples import OWNER, a_record
from tests.support.fakes import NOW, InMemoryRecords, InMemorySchedules

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

ADMIN = "arn:aws:iam::123456789012:user/admin"


def to(caller: str, schedules: InMemorySchedules, records: InMemoryRecords) -> Answer:
    return list_schedules(caller, schedules=schedules, records=records, owners=Owners(frozenset({ADMIN})))


def shown(*learned: Learned) -> Answer:
    """What an administrator is shown."""
    return to(ADMIN, InMemorySchedules(*learned), InMemoryRecords())


def test_callers_see_the_pools_of_their_own_requests_and_no_others() -> None:
    """A pool can be a person's, as a server of JupyterHub is."""
    theirs, unlearned = a_record(id="theirs", pool="theirs", owner="somebody else"), a_record(id="new", pool="new")
    records = InMemoryRecords(a_record(), theirs, unlearned)
    schedules = InMemorySchedules(STUDIO, replace(STUDIO, pool=Pool("nimble", "theirs")))
    assert {view["pool"] for view in to(OWNER, schedules, records).body["schedules"]} == {"studio"}
    assert {view["pool"] for view in to(ADMIN, schedules, records).body["schedules"]} == {"studio", "theirs"}
    assert to("arn:aws:iam::123456789012:user/nobody", schedules, records).body == {"schedules": []}


def test_a_caller_with_many_requests_sees_the_pools_of_the_latest() -> None:
    earlier = a_record(id="earlier", pool="earlier", created_at=NOW - timedelta(days=1))
    records = InMemoryRecords(earlier, *(a_record(id=f"{number:04}") for number in range(PAGES * MAX_PAGE)))
    schedules = InMemorySchedules(STUDIO, replace(STUDIO, pool=Pool("nimble", "earlier")))
    assert {view["pool"] for view in to(OWNER, schedules, records).body["schedules"]} == {"studio"}


def test_of_many_pools_the_latest_are_read() -> None:
    records = InMemoryRecords(
        *(
            a_record(id=str(number), pool=f"p{number}", created_at=NOW + timedelta(seconds=number))
            for number in range(MAX_POOLS + 1)
        )
    )
    schedules = InMemorySchedules(*(replace(STUDIO, pool=Pool("nimble", f"p{n}")) for n in range(MAX_POOLS + 1)))
    pools = {view["pool"] for view in to(OWNER, schedules, records).body["schedules"]}
    assert (len(pools), "p0" in pools) == (MAX_POOLS, False)


def test_every_schedule_is_shown_with_what_it_was_learned_from() -> None:
    answer = shown(STUDIO)
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
    views = shown(STUDIO, *others).body["schedules"]
    assert [(view["provider"], view["pool"], view["waitingFor"]) for view in views] == [
        (provider, pool, wait)
        for provider, pool in (("dcv", "dcv"), ("nimble", "a"), ("nimble", "studio"))
        for wait in ("session", "stream")
    ]


def test_of_more_schedules_than_an_answer_can_have_the_best_known_are_shown_and_the_others_counted() -> None:
    """Lambda answers 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    seen = {Waiting.STREAM: [Observation(86_399, 86_400)] * KEPT}
    schedule = {Waiting.STREAM: Schedule(tuple(range(10_000, 10_000 + MAX_LOOKS)), median=10_000, latest=86_400)}
    large = [Learned(Pool("jupyterhub", f"{'p' * 200}-{number}"), seen, schedule) for number in range(MAX_SCHEDULES)]
    body = shown(STUDIO, *large).body
    assert {each["provider"] for each in body["schedules"]} == {"jupyterhub"}
    assert (len(body["schedules"]), body["more"]) == (MAX_SCHEDULES, 2)
    assert len(json.dumps(json.dumps(body))) < 6 * 1024 * 1024
    assert fits_component("SchedulesPage", {**body, "schedules": body["schedules"][:2]})


def test_a_pool_of_which_nothing_was_learned_yet_is_not_shown() -> None:
    schedules = InMemorySchedules()
    schedules.observe(Pool("nimble", "studio"), {Waiting.STREAM: Observation(10, 12)})
    assert to(ADMIN, schedules, InMemoryRecords()).body == {"schedules": []}

"""Accepting a request, by the API or by AcceptRequest: it is checked, and put on record once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.caller import Caller
from greenroom.domain.errors import DoorsClosed, InvalidRequest, RequestConflict, RequestEnded
from greenroom.domain.values import RequestState, Waiting
from greenroom.flow.acceptance import Defaults
from greenroom.flow.learning import unlearned
from greenroom.flow.pacing.lanes import lane_of
from greenroom.flow.payloads import Submission, Work
from greenroom.flow.schedules import Learned, Pool
from greenroom.record.model import Record
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.rules import Rules
from tests.support.admission import an_admission
from tests.support.doors import SwingingDoors
from tests.support.examples import DEFAULTS, OWNER, RULES, SCHEDULE, a_body, a_planner, a_record, an_acceptance
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemorySchedules


def accepted(
    body: Any,
    records: InMemoryRecords,
    clock: FakeClock,
    owner: str | None = OWNER,
    defaults: Defaults = DEFAULTS,
    *,
    batch: str | None = None,
) -> Record:
    acceptance = an_acceptance(records, admission=an_admission(), defaults=defaults, clock=clock)
    return acceptance.accept(Submission("r", body), caller=Caller(owner) if owner else None, owner=owner, batch=batch)


def taken_up(
    body: Any,
    records: InMemoryRecords,
    clock: FakeClock,
    schedules: InMemorySchedules | None = None,
    *,
    doors_are_open: bool = True,
    defaults: Defaults = DEFAULTS,
) -> Work:
    doors = SwingingDoors(open=doors_are_open)
    acceptance = an_acceptance(
        records, admission=an_admission(), planner=a_planner(schedules), defaults=defaults, doors=doors, clock=clock
    )
    return acceptance.accept_request(Submission("r", body))


def test_what_is_kept_of_a_provider_s_fields_is_plain_data_and_no_more_than_was_asked(clock: FakeClock) -> None:
    asked = {"provider": "dcv", "owner": "artist", "sessionType": "CONSOLE"}
    kept = accepted(asked, InMemoryRecords(), clock, defaults=Defaults(900, Rules(("dcv",)))).fields.dump()
    assert {name: kept[name] for name in asked} == asked
    assert type(kept["sessionType"]) is str
    assert None not in kept.values()


def test_puts_the_request_on_record_with_its_deadline(clock: FakeClock) -> None:
    records = InMemoryRecords()
    record = accepted(a_body(deadlineSeconds=60), records, clock)
    assert records.get("r") == record
    assert (record.id, record.owner, record.state) == ("r", OWNER, RequestState.PENDING)
    assert record.created_at == NOW
    assert record.deadline_at == NOW + timedelta(seconds=60)


def test_the_deployment_sets_the_deadline_of_a_request_that_has_none(clock: FakeClock) -> None:
    record = accepted(a_body(), InMemoryRecords(), clock)
    assert record.deadline_at == NOW + timedelta(seconds=900)


def test_hands_the_tasks_what_they_need(clock: FakeClock) -> None:
    looks = list(unlearned(look_cost=0.5).within(900).looks)
    body = a_body(expirationInSeconds=60, metadata={"ticket": "A-17"})
    assert taken_up(body, InMemoryRecords(), clock).dump() == {
        "id": "r",
        "fields": {"provider": "nimble", "studioId": "studio", "sessionId": "session", "expirationInSeconds": 60},
        "deadlineAt": "2026-11-24T12:15:00Z",
        "connectSeconds": 60,
        "looks": {"session": looks, "stream": looks},
        "lane": "nobody",
        "renewal": False,
        "shared": "studio/session",
    }


def test_what_was_learned_of_the_pool_says_when_to_look(clock: FakeClock) -> None:
    learned = Learned(Pool("nimble", "studio"), {}, {Waiting.STREAM: SCHEDULE})
    work = taken_up(a_body(), InMemoryRecords(), clock, InMemorySchedules(learned))
    assert work.looks == {"session": list(unlearned(look_cost=0.5).within(900).looks), "stream": [5, 10, 20]}


def test_a_repeat_gets_the_first_record_and_its_deadline(clock: FakeClock) -> None:
    records = InMemoryRecords()
    first = accepted(a_body(), records, clock)
    clock.advance(30)
    assert accepted(a_body(), records, clock, owner=None) == first
    assert taken_up(a_body(), records, clock).deadline_at == first.deadline_at


def test_the_same_id_for_another_request_is_a_conflict(clock: FakeClock) -> None:
    records = InMemoryRecords()
    first = accepted(a_body(), records, clock)
    with pytest.raises(RequestConflict, match="r exists already"):
        accepted(a_body(expirationInSeconds=60), records, clock)
    assert records.get("r") == first


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_a_repeat_of_a_request_that_has_ended_gets_its_outcome(state: RequestState, clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(state=state))
    assert accepted(a_body(), records, clock) == records.records["r"] == a_record(state=state)


def test_the_flow_takes_up_a_request_that_is_pending(clock: FakeClock) -> None:
    records = InMemoryRecords()
    assert taken_up(a_body(), records, clock) == taken_up(a_body(), records, clock)
    assert records.records["r"].owner is None


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_the_flow_does_nothing_for_a_request_that_has_ended(state: RequestState, clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(state=state))
    with pytest.raises(RequestEnded, match=f"r has ended already: {state}"):
        taken_up(a_body(), records, clock)
    assert records.records["r"] == a_record(state=state)


def test_the_deployment_says_who_hears_of_a_request_that_names_nobody(clock: FakeClock) -> None:
    targets = ({"type": "webhook", "url": "https://hooks.example"},)
    defaults = Defaults(900, RULES, notify=targets)
    assert accepted(a_body(), InMemoryRecords(), clock).notify == ({"type": "sns"},)
    assert accepted(a_body(), InMemoryRecords(), clock, defaults=defaults).notify == targets
    named = a_body(notify=[{"type": "sns"}])
    assert accepted(named, InMemoryRecords(), clock, defaults=defaults).notify == ({"type": "sns"},)


@pytest.mark.parametrize(("asked", "default", "claim"), [(None, True, True), (False, True, False), (True, False, True)])
def test_the_deployment_says_whether_a_url_is_claimed_unless_the_request_does(
    *, asked: bool | None, default: bool, claim: bool, clock: FakeClock
) -> None:
    body = a_body() if asked is None else a_body(claim=asked)
    defaults = Defaults(900, RULES, claim=default)
    assert accepted(body, InMemoryRecords(), clock, defaults=defaults).claim is claim


def test_the_deployment_says_where_webhooks_may_go(clock: FakeClock) -> None:
    defaults = Defaults(900, Rules(("nimble",), hosts=CallbackHosts(allowed=frozenset({"hooks.example"}))))
    bodies = [a_body(notify=[{"type": "webhook", "url": f"https://{host}.example"}]) for host in ("hooks", "other")]
    allowed, other = bodies
    assert accepted(allowed, InMemoryRecords(), clock, defaults=defaults)
    with pytest.raises(InvalidRequest, match="allowed callback hosts"):
        accepted(other, InMemoryRecords(), clock, defaults=defaults)


def test_the_deployment_says_which_providers_are_served(clock: FakeClock) -> None:
    defaults = Defaults(900, Rules(("dcv", "nimble")))
    assert accepted({"provider": "dcv", "owner": "ada"}, InMemoryRecords(), clock, defaults=defaults)
    with pytest.raises(InvalidRequest, match="must be one of: nimble; this deployment does not serve dcv"):
        accepted({"provider": "dcv", "owner": "ada"}, InMemoryRecords(), clock)


def test_a_request_that_named_no_provider_is_taken_up_when_there_are_several(clock: FakeClock) -> None:
    """It was put on record when the deployment served one."""
    ids, records = {"studioId": "studio", "sessionId": "session"}, InMemoryRecords()
    accepted(ids, records, clock)
    several = Defaults(900, Rules(("dcv", "nimble")))
    assert taken_up(ids, records, clock, defaults=several).fields.provider == "nimble"
    with pytest.raises(InvalidRequest, match="provider: must be set to one of: dcv, nimble"):
        taken_up(ids, InMemoryRecords(), clock, defaults=several)


@pytest.mark.parametrize("body", [None, [], {}, a_body(expirationInSeconds=59)], ids=str)
def test_a_request_that_breaks_a_rule_leaves_no_record(body: object, clock: FakeClock) -> None:
    records = InMemoryRecords()
    with pytest.raises(InvalidRequest):
        accepted(body, records, clock)
    assert not records.records


def test_while_the_doors_are_closed_nothing_new_is_taken_up(clock: FakeClock) -> None:
    records = InMemoryRecords()
    with pytest.raises(DoorsClosed):
        taken_up(a_body(), records, clock, doors_are_open=False)
    assert records.get("r") is None


def test_what_the_api_has_put_on_record_is_taken_up_while_the_doors_are_closed_too(clock: FakeClock) -> None:
    records = InMemoryRecords()
    accepted(a_body(), records, clock)
    assert taken_up(a_body(), records, clock, doors_are_open=False).id == "r"


STRANGER = "arn:aws:iam::123456789012:user/mallory"


@pytest.mark.parametrize("theirs", [None, STRANGER], ids=str)
def test_what_somebody_else_has_put_on_record_under_an_id_is_not_the_caller_s(
    theirs: str | None, clock: FakeClock
) -> None:
    """An id can be known before its request is made, and whoever starts an execution chooses its name."""
    records = InMemoryRecords(a_record(owner=theirs))
    with pytest.raises(RequestConflict, match="somebody else's"):
        accepted(a_body(), records, clock)
    assert records.records["r"].owner == theirs


@pytest.mark.parametrize("given", [{"owner": None}, {"owner": OWNER}, {"owner": STRANGER, "batch": "b"}], ids=str)
def test_a_batch_takes_up_no_record_but_its_own(given: dict[str, Any], clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(**given))
    with pytest.raises(RequestConflict, match="somebody else's"):
        accepted(a_body(), records, clock, batch="b")


@pytest.mark.parametrize("given", [{}, {"owner": None}, {"batch": "b"}], ids=str)
def test_an_execution_takes_up_whatever_was_put_on_record_for_the_same_request(
    given: dict[str, Any], clock: FakeClock
) -> None:
    assert taken_up(a_body(), InMemoryRecords(a_record(**given)), clock).id == "r"


@pytest.mark.parametrize(("batch", "lane"), [(None, lane_of(OWNER, batch=False)), ("b", lane_of(OWNER, batch=True))])
def test_a_request_takes_turns_with_those_of_other_owners(clock: FakeClock, batch: str | None, lane: str) -> None:
    records = InMemoryRecords()
    record = accepted(a_body(), records, clock, batch=batch)
    work = taken_up(a_body(), records, clock)
    assert work.lane == lane
    assert str(record.owner) not in str(work.dump())

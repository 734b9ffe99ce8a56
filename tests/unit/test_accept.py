"""AcceptRequest: a request is checked, and put on record once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom import flow
from greenroom.callback_hosts import CallbackHosts
from greenroom.defaults import Defaults
from greenroom.domain import RequestState
from greenroom.errors import InvalidRequest, RequestConflict
from greenroom.payloads import Submission, Work
from greenroom.record import Record
from greenroom.request import SnsTarget, WebhookTarget
from tests.unit.examples import DEFAULTS, OWNER, SCHEDULE, a_body, a_record
from tests.unit.fakes import NOW, FakeClock, InMemoryRequests


def accept(
    body: Any,
    requests: InMemoryRequests,
    clock: FakeClock,
    owner: str | None = OWNER,
    defaults: Defaults = DEFAULTS,
) -> tuple[Record, Work]:
    return flow.accept_request(
        Submission(id="r", request=body),
        owner,
        requests=requests,
        defaults=defaults,
        clock=clock,
    )


def test_puts_the_request_on_record_with_its_deadline(clock: FakeClock) -> None:
    requests = InMemoryRequests()
    record, work = accept(a_body(deadlineSeconds=60), requests, clock)
    assert requests.get("r") == record
    assert (record.id, record.owner, record.state) == ("r", OWNER, RequestState.PENDING)
    assert record.created_at == NOW
    assert record.deadline_at == work.deadline_at == NOW + timedelta(seconds=60)


def test_the_deployment_sets_the_deadline_of_a_request_that_has_none(clock: FakeClock) -> None:
    record, _ = accept(a_body(), InMemoryRequests(), clock)
    assert record.deadline_at == NOW + timedelta(seconds=900)


def test_hands_the_tasks_what_they_need(clock: FakeClock) -> None:
    _, work = accept(a_body(expirationInSeconds=60, metadata={"ticket": "A-17"}), InMemoryRequests(), clock)
    assert work.dump() == {
        "id": "r",
        "studioId": "studio",
        "sessionId": "session",
        "expirationInSeconds": 60,
        "deadlineAt": "2026-11-24T12:15:00Z",
        "schedule": {"first": 5, "backoffRate": 1.5, "max": 20},
        "renewal": False,
    }


def test_a_repeat_gets_the_first_record_and_its_deadline(clock: FakeClock) -> None:
    requests = InMemoryRequests()
    first, _ = accept(a_body(), requests, clock)
    clock.advance(30)
    again, work = accept(a_body(), requests, clock, owner=None)
    assert again == first
    assert work.deadline_at == first.deadline_at


def test_the_same_id_for_another_request_is_a_conflict(clock: FakeClock) -> None:
    requests = InMemoryRequests()
    first, _ = accept(a_body(), requests, clock)
    with pytest.raises(RequestConflict, match="r exists already"):
        accept(a_body(expirationInSeconds=60), requests, clock)
    assert requests.get("r") == first


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_a_repeat_of_a_request_that_has_ended_gets_its_outcome(state: RequestState, clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record(state=state))
    record, _ = accept(a_body(), requests, clock)
    assert record == requests.records["r"] == a_record(state=state)


def test_the_deployment_says_who_hears_of_a_request_that_names_nobody(clock: FakeClock) -> None:
    targets = (WebhookTarget(type="webhook", url="https://hooks.example"),)
    defaults = Defaults(SCHEDULE, 900, notify=targets)
    assert accept(a_body(), InMemoryRequests(), clock)[0].notify == (SnsTarget(type="sns"),)
    assert accept(a_body(), InMemoryRequests(), clock, defaults=defaults)[0].notify == targets
    named = a_body(notify=[{"type": "sns"}])
    assert accept(named, InMemoryRequests(), clock, defaults=defaults)[0].notify == (SnsTarget(type="sns"),)


@pytest.mark.parametrize(("asked", "default", "claim"), [(None, True, True), (False, True, False), (True, False, True)])
def test_the_deployment_says_whether_a_url_is_claimed_unless_the_request_does(
    *, asked: bool | None, default: bool, claim: bool, clock: FakeClock
) -> None:
    body = a_body() if asked is None else a_body(claim=asked)
    defaults = Defaults(SCHEDULE, 900, claim=default)
    assert accept(body, InMemoryRequests(), clock, defaults=defaults)[0].claim is claim


def test_the_deployment_says_where_webhooks_may_go(clock: FakeClock) -> None:
    defaults = Defaults(SCHEDULE, 900, hosts=CallbackHosts(allowed=frozenset({"hooks.example"})))
    bodies = [a_body(notify=[{"type": "webhook", "url": f"https://{host}.example"}]) for host in ("hooks", "other")]
    allowed, other = bodies
    assert accept(allowed, InMemoryRequests(), clock, defaults=defaults)
    with pytest.raises(InvalidRequest, match="allowed callback hosts"):
        accept(other, InMemoryRequests(), clock, defaults=defaults)


@pytest.mark.parametrize("body", [None, [], {}, a_body(expirationInSeconds=59)], ids=str)
def test_a_request_that_breaks_a_rule_leaves_no_record(body: object, clock: FakeClock) -> None:
    requests = InMemoryRequests()
    with pytest.raises(InvalidRequest):
        accept(body, requests, clock)
    assert not requests.records

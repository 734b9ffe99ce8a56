"""A fresh stream for an expired URL: asked for once, waited for with patience, by the same flow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom import flow
from greenroom.domain import Renewal, RequestState
from greenroom.errors import DeliveryFailed, RequestConflict
from greenroom.payloads import FailureNotice, Submission, Success
from greenroom.record import Record
from greenroom.renewal import Renewals
from tests.unit.examples import DEFAULTS, a_record
from tests.unit.fakes import NOW, FakeClock, InMemoryRequests
from tests.unit.recorders import RecordingExecutions


def expired(**fields: Any) -> Record:
    return a_record(state=RequestState.READY, expires_at=NOW, **fields)


class Desk:
    def __init__(self, record: Record) -> None:
        self.requests, self.executions, self.clock = InMemoryRequests(record), RecordingExecutions(), FakeClock()
        self.renewals = Renewals(self.requests, self.executions, self.clock)

    def ensure_fresh(self) -> None:
        self.renewals.ensure_fresh(self.requests.records["r"])


def test_a_url_that_works_is_left_alone() -> None:
    desk = Desk(a_record(state=RequestState.READY))
    desk.ensure_fresh()
    assert desk.executions.started == []


@pytest.mark.parametrize("state", [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED])
def test_a_request_without_a_stream_is_not_renewed(state: RequestState) -> None:
    desk = Desk(a_record(state=state))
    desk.ensure_fresh()
    assert desk.executions.started == []


def test_a_fresh_stream_is_asked_for_once_however_many_deliveries_are_late() -> None:
    desk = Desk(expired())
    for _ in range(3):
        with pytest.raises(DeliveryFailed, match="a fresh stream is awaited"):
            desk.ensure_fresh()
    ((_, request),) = desk.executions.started
    assert request == {"renew": "r"}


def test_a_fresh_url_is_handed_over() -> None:
    desk = Desk(expired())
    with pytest.raises(DeliveryFailed):
        desk.ensure_fresh()
    fresh = Success(id="r", stream_id="fresh", expires_at=NOW + timedelta(seconds=120), renewal=True)
    assert flow.publish_ready(fresh, requests=desk.requests, clock=desk.clock)
    desk.ensure_fresh()
    record = desk.requests.records["r"]
    assert (record.state, record.stream_id, record.renewal) == (RequestState.READY, "fresh", Renewal.DONE)


def test_a_second_expiry_is_not_renewed() -> None:
    desk = Desk(expired(renewal=Renewal.DONE))
    desk.ensure_fresh()
    assert desk.executions.started == []


def test_where_there_is_no_fresh_stream_nobody_waits_for_it() -> None:
    desk = Desk(expired(renewal=Renewal.ASKED, renewal_asked_at=NOW))
    notice = FailureNotice.model_validate({"id": "r", "renewal": True, "Error": "StreamFailed", "Cause": "no luck"})
    assert flow.publish_failure(notice, requests=desk.requests, clock=desk.clock)
    desk.ensure_fresh()
    assert desk.requests.records["r"].state is RequestState.READY


@pytest.mark.parametrize(("asked_at", "waits"), [(NOW, True), (NOW - timedelta(seconds=900), False)])
def test_a_renewal_has_as_much_time_as_the_request_had(asked_at: datetime, *, waits: bool) -> None:
    desk = Desk(expired(renewal=Renewal.ASKED, renewal_asked_at=asked_at))
    if waits:
        with pytest.raises(DeliveryFailed):
            desk.ensure_fresh()
    else:
        desk.ensure_fresh()


def test_the_flow_takes_up_a_renewal_that_was_asked_for(clock: FakeClock) -> None:
    requests = InMemoryRequests(expired(renewal=Renewal.ASKED))
    clock.advance(3600)
    work = flow.accept_renewal("r", requests=requests, defaults=DEFAULTS, clock=clock)
    assert (work.id, work.renewal, work.deadline_at) == ("r", True, clock.now + timedelta(seconds=900))


@pytest.mark.parametrize("record", [expired(), expired(renewal=Renewal.DONE), a_record()])
def test_the_flow_takes_up_no_renewal_that_nobody_asked_for(record: Record, clock: FakeClock) -> None:
    with pytest.raises(RequestConflict, match="Nobody has asked"):
        flow.accept_renewal("r", requests=InMemoryRequests(record), defaults=DEFAULTS, clock=clock)


@pytest.mark.parametrize(
    ("request_body", "renews"),
    [({"renew": "r"}, "r"), ({"renew": "r", "studioId": "s"}, None), ({}, None), ("renew", None), (None, None)],
)
def test_only_greenroom_s_own_input_is_a_renewal(request_body: object, renews: str | None) -> None:
    assert Submission(id="e", request=request_body).renews == renews

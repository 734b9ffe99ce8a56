"""A fresh stream for an expired URL: asked for once, by the same flow; late deliveries wait for its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.delivery.rejection import Rejections
from greenroom.delivery.renewal import execution_name, postpone
from greenroom.domain.errors import RequestConflict
from greenroom.domain.values import Renewal, RequestState, Status
from greenroom.flow.acceptance import accept_request
from greenroom.flow.failing import record_failure
from greenroom.flow.payloads import FailureOutcome, ProgressReport, Submission, Work
from greenroom.flow.reconciliation import reconcile
from greenroom.record.model import Record
from greenroom.request.rules import AS_IT_COMES
from tests.support.admission import an_admission
from tests.support.doors import SwingingDoors
from tests.support.examples import DEFAULTS, a_planner, a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
from tests.support.recorders import RecordingBus, RecordingExecutions, RecordingLetters

RENEW = Submission(id=execution_name("r"), request={"renew": "r"})


def expired(**fields: Any) -> Record:
    return a_record(state=RequestState.READY, expires_at=NOW, **fields)


class Desk:
    def __init__(self, record: Record) -> None:
        self.records, self.executions, self.clock = InMemoryRecords(record), RecordingExecutions(), FakeClock()

    def postpones(self) -> bool:
        return postpone(self.record, records=self.records, executions=self.executions, clock=self.clock)

    @property
    def record(self) -> Record:
        return self.records.records["r"]


def test_a_url_that_works_is_left_alone() -> None:
    desk = Desk(a_record(state=RequestState.READY))
    assert not desk.postpones()
    assert desk.executions.started == []


@pytest.mark.parametrize("state", [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED])
def test_a_request_without_a_stream_is_not_renewed(state: RequestState) -> None:
    desk = Desk(a_record(state=state))
    assert not desk.postpones()
    assert desk.executions.started == []


def test_a_url_that_is_claimed_is_not_renewed() -> None:
    desk = Desk(expired(claim=True))
    assert not desk.postpones()
    assert desk.executions.started == []


def test_every_late_delivery_asks_for_the_same_one_fresh_stream() -> None:
    desk = Desk(expired())
    assert all([desk.postpones(), desk.postpones(), desk.postpones()])
    assert {name for name, _ in desk.executions.started} == {execution_name("r")}
    assert all(request == {"renew": "r"} for _, request in desk.executions.started)
    assert desk.record.renewal is Renewal.ASKED


def test_a_fresh_url_is_handed_over() -> None:
    desk = Desk(a_record(state=RequestState.READY, renewal=Renewal.DONE))
    assert not desk.postpones()
    assert desk.executions.started == []


def test_a_second_expiry_is_not_renewed() -> None:
    desk = Desk(expired(renewal=Renewal.DONE))
    assert not desk.postpones()
    assert desk.executions.started == []


def test_where_there_is_no_fresh_stream_nobody_waits_for_it() -> None:
    desk = Desk(expired(renewal=Renewal.ASKED))
    outcome = FailureOutcome("r", "StreamFailed", "no luck", ProgressReport(Status.FAILED), renewal=True)
    assert record_failure(outcome, records=desk.records, clock=desk.clock).recorded
    assert not desk.postpones()
    assert (desk.record.state, desk.record.renewal) == (RequestState.READY, Renewal.FAILED)


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "TIMED_OUT"])
def test_a_renewal_that_dies_is_ended_without_a_stream(status: str) -> None:
    desk = Desk(expired(renewal=Renewal.ASKED))
    detail = {"name": execution_name("r"), "status": status, "input": '{"renew": "r"}'}
    rejections = Rejections(AS_IT_COMES, an_admission(), RecordingBus(), RecordingLetters())
    assert reconcile(
        detail,
        records=desk.records,
        admission=an_admission(),
        planner=a_planner(),
        defaults=DEFAULTS,
        rejections=rejections,
        clock=desk.clock,
    )
    assert desk.record.renewal is Renewal.FAILED
    assert desk.records.records.keys() == {"r"}


def take_up(records: InMemoryRecords, clock: FakeClock) -> Work:
    # What was accepted is renewed while the doors are closed, too.
    closed = SwingingDoors(open=False)
    return accept_request(
        RENEW,
        records=records,
        admission=an_admission(),
        planner=a_planner(),
        defaults=DEFAULTS,
        doors=closed,
        clock=clock,
    )


def test_the_flow_takes_up_a_renewal_that_was_asked_for(clock: FakeClock) -> None:
    records = InMemoryRecords(expired(renewal=Renewal.ASKED))
    clock.advance(3600)
    work = take_up(records, clock)
    assert (work.id, work.renewal, work.deadline_at) == ("r", True, clock.now + timedelta(seconds=900))


@pytest.mark.parametrize("record", [expired(), expired(renewal=Renewal.DONE), a_record()])
def test_the_flow_takes_up_no_renewal_that_nobody_asked_for(record: Record, clock: FakeClock) -> None:
    with pytest.raises(RequestConflict, match="Nobody has asked"):
        take_up(InMemoryRecords(record), clock)


@pytest.mark.parametrize(
    ("request_body", "renews"),
    [({"renew": "r"}, "r"), ({"renew": "r", "studioId": "s"}, None), ({}, None), ("renew", None), (None, None)],
)
def test_only_greenroom_s_own_input_is_a_renewal(request_body: object, renews: str | None) -> None:
    assert Submission(id="e", request=request_body).renews == renews

"""A fresh stream for an expired URL: asked for once, by the same flow; late deliveries wait for its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.delivery.attempts import ask_for_renewal
from greenroom.delivery.rejection import Rejections
from greenroom.delivery.sweep import Sweep
from greenroom.domain.errors import RequestConflict
from greenroom.domain.values import Renewal, RequestState, Status
from greenroom.flow.executions import Execution, renewal_name
from greenroom.flow.payloads import FailureOutcome, ProgressReport, Submission, Work
from greenroom.flow.reconciliation import GRACE, Reconciliation
from greenroom.record.model import Open, Record
from tests.support.admission import an_admission
from tests.support.doors import SwingingDoors
from tests.support.examples import RULES, a_flow, a_record, an_acceptance
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
from tests.support.outbox import SNS
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue, RecordingExecutions, RecordingQueue

RENEW = Submission(id=renewal_name("r"), request={"renew": "r"})


def expired(**fields: Any) -> Record:
    return a_record(state=RequestState.READY, expires_at=NOW, **fields)


class Desk:
    def __init__(self, record: Record) -> None:
        self.records, self.executions, self.clock = InMemoryRecords(record), RecordingExecutions(), FakeClock()

    def renews(self) -> bool:
        return ask_for_renewal(self.record, self.records, self.executions, self.clock)

    def reconciles(self, name: str, status: str) -> bool:
        rejections = Rejections(RULES, an_admission(), RecordingBus(), RecordingDeadLetterQueue())
        acceptance = an_acceptance(self.records, clock=self.clock)
        reconciliation = Reconciliation(acceptance, self.executions, rejections)
        return reconciliation.reconcile({"name": name, "status": status, "executionArn": "arn"})

    @property
    def record(self) -> Record:
        return self.records.records["r"]


def test_a_url_that_a_target_knows_to_have_expired_is_not_renewed() -> None:
    desk = Desk(expired(expired=True))
    assert not desk.renews()
    assert desk.executions.started == []


def test_a_url_that_is_claimed_is_not_renewed() -> None:
    desk = Desk(expired(claim=True))
    assert not desk.renews()
    assert desk.executions.started == []


def test_every_late_delivery_asks_for_the_same_one_fresh_stream() -> None:
    desk = Desk(expired())
    assert all([desk.renews(), desk.renews(), desk.renews()])
    assert {name for name, _ in desk.executions.started} == {renewal_name("r")}
    assert all(request == {"renew": "r"} for _, request in desk.executions.started)
    assert desk.record.renewal is Renewal.ASKED


def test_a_fresh_url_is_handed_over() -> None:
    desk = Desk(a_record(state=RequestState.READY, renewal=Renewal.DONE))
    assert not desk.renews()
    assert desk.executions.started == []


def test_a_second_expiry_is_not_renewed() -> None:
    desk = Desk(expired(renewal=Renewal.DONE))
    assert not desk.renews()
    assert desk.executions.started == []


def test_where_there_is_no_fresh_stream_nobody_waits_for_it() -> None:
    desk = Desk(expired(renewal=Renewal.ASKED))
    outcome = FailureOutcome("r", "StreamFailed", "no luck", ProgressReport(Status.FAILED), renewal=True)
    assert a_flow({}, desk.records, desk.clock).record_failure(outcome).recorded
    assert not desk.renews()
    assert (desk.record.state, desk.record.renewal) == (RequestState.READY, Renewal.FAILED)


def test_a_renewal_by_a_name_that_is_as_long_as_an_input_has_an_error_that_fits_into_a_cause(clock: FakeClock) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html."""
    with pytest.raises(RequestConflict) as refused:
        take_up(InMemoryRecords(), clock, Submission("r", {"renew": "x" * 250_000}), doors_are_open=True)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "TIMED_OUT"])
def test_a_renewal_that_dies_is_ended_without_a_stream(status: str) -> None:
    desk = Desk(expired(renewal=Renewal.ASKED))
    desk.executions.known[renewal_name("r")] = Execution(status, '{"renew": "r"}')
    assert desk.reconciles(renewal_name("r"), status)
    assert desk.record.renewal is Renewal.FAILED
    assert desk.records.records.keys() == {"r"}


def take_up(
    records: InMemoryRecords, clock: FakeClock, submission: Submission = RENEW, *, doors_are_open: bool = False
) -> Work:
    # What was accepted is renewed while the doors are closed, too.
    return an_acceptance(records, doors=SwingingDoors(open=doors_are_open), clock=clock).accept_request(submission)


def test_the_flow_takes_up_a_renewal_that_was_asked_for(clock: FakeClock) -> None:
    records = InMemoryRecords(expired(renewal=Renewal.ASKED))
    clock.advance(3600)
    work = take_up(records, clock)
    assert (work.id, work.renewal, work.deadline_at) == ("r", True, clock.now + timedelta(seconds=900))


@pytest.mark.parametrize("record", [expired(), expired(renewal=Renewal.DONE), a_record()])
def test_the_flow_takes_up_no_renewal_that_nobody_asked_for(record: Record, clock: FakeClock) -> None:
    with pytest.raises(RequestConflict, match="Nobody has asked"):
        take_up(InMemoryRecords(record), clock)


@pytest.mark.parametrize("name", ["r", "e", renewal_name("other"), "renewal-r"])
def test_a_renewal_is_taken_up_by_the_execution_that_has_its_name_and_by_no_other(name: str, clock: FakeClock) -> None:
    """Another one would make a second stream, whose URL would be kept in place of the first."""
    records, submission = InMemoryRecords(expired(renewal=Renewal.ASKED)), Submission(name, {"renew": "r"})
    with pytest.raises(RequestConflict, match="Nobody has asked"):
        take_up(records, clock, submission, doors_are_open=True)


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "TIMED_OUT"])
def test_a_stranger_s_execution_that_dies_ends_nobody_s_renewal(status: str) -> None:
    desk = Desk(expired(renewal=Renewal.ASKED))
    desk.executions.known["e"] = Execution(status, '{"renew": "r"}')
    assert not desk.reconciles("e", status)
    assert desk.record.renewal is Renewal.ASKED


TAKEN = {
    "by another request": Execution("RUNNING", '{"studioId": "s", "sessionId": "t"}'),
    "by what is no request": Execution("FAILED", "{}"),
    "by another renewal": Execution("RUNNING", '{"renew": "other"}'),
    "before anybody asked": Execution("FAILED", '{"renew": "r"}', "RequestConflict"),
}


@pytest.mark.parametrize("execution", TAKEN.values(), ids=TAKEN)
def test_a_renewal_whose_name_is_taken_is_told_at_once_and_not_lost(execution: Execution) -> None:
    desk, queue = Desk(expired()), RecordingQueue()
    desk.executions.known[renewal_name("r")] = execution
    assert desk.renews()
    assert (desk.record.renewal, desk.record.open) == (Renewal.FAILED, Open.UNANNOUNCED)
    # Announce follows the table; should it not, the sweep does.
    desk.clock.advance(GRACE.total_seconds() + 1)
    Sweep(desk.records, RecordingExecutions(), queue, desk.clock).unannounced()
    assert SNS in queue.queued
    assert not desk.renews()


def test_a_renewal_that_never_ran_is_noticed_by_the_sweep_and_told() -> None:
    """Its start was lost, or Step Functions said for too long that a stranger's execution runs."""
    desk, queue = Desk(expired()), RecordingQueue()
    assert desk.renews()
    for seconds, renewal in ((900 + 120, Renewal.ASKED), (GRACE.total_seconds() + 3600, Renewal.FAILED)):
        desk.clock.advance(seconds)
        Sweep(desk.records, RecordingExecutions(), RecordingQueue(), desk.clock).renewals()
        assert desk.record.renewal is renewal
    desk.clock.advance(GRACE.total_seconds() + 1)
    Sweep(desk.records, RecordingExecutions(), queue, desk.clock).unannounced()
    assert SNS in queue.queued
    assert not desk.renews()


@pytest.mark.parametrize(
    ("request_body", "renews"),
    [({"renew": "r"}, "r"), ({"renew": "r", "studioId": "s"}, None), ({}, None), ("renew", None), (None, None)],
)
def test_only_greenroom_s_own_input_is_a_renewal(request_body: object, renews: str | None) -> None:
    assert Submission(id="e", request=request_body).renews == renews

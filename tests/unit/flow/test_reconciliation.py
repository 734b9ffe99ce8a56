"""Requests whose executions did not end them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from greenroom.domain.errors import EndpointUnreachable, FieldError
from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.flow.acceptance import Defaults
from greenroom.flow.executions import Execution, renewal_name
from greenroom.flow.payloads import Rejection
from greenroom.flow.reconciliation import (
    Reconciliation,
)
from greenroom.request.identities import IdentityRule
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.examples import DEFAULTS, RULES, a_body, a_record, an_acceptance
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.recorders import RecordingExecutions

ARN = "arn:aws:states:us-west-2:123456789012:execution:Greenroom:r"
NO_REQUESTS = [None, "", "{}", '{"studioId": 1}', "[]", '"text"', "null", "[" * 90_000, '{"renew": 1, "x": 2}']
SAID = {
    "ABORTED": Failure("ExecutionAborted", "The execution was stopped"),
    "TIMED_OUT": Failure("ExecutionTimedOut", "The execution ran out of time"),
    "FAILED": Failure("ExecutionFailed", "The execution failed"),
}
ENDED = {"ABORTED": RequestState.CANCELLED, "TIMED_OUT": RequestState.TIMED_OUT, "FAILED": RequestState.FAILED}


def ended(status: str, **detail: Any) -> dict[str, Any]:
    """Make the detail of an event: https://docs.aws.amazon.com/step-functions/latest/dg/cw-events.html."""
    return {
        "executionArn": ARN,
        "name": "r",
        "status": status,
        "input": json.dumps(a_body()),
        "inputDetails": {"included": True},
        "error": None,
        "cause": None,
        **detail,
    }


@dataclass
class Rejected:
    """All that was rejected."""

    rejections: list[Rejection] = field(default_factory=list)

    def reject(self, rejection: Rejection) -> None:
        self.rejections.append(rejection)


def end(
    records: InMemoryRecords,
    detail: dict[str, Any],
    rejected: Rejected | None = None,
    *rules: IdentityRule,
    origins: InMemoryOrigins | None = None,
    defaults: Defaults = DEFAULTS,
) -> bool:
    """Reconcile an execution that ended as the event says: Step Functions knows the same, and the whole input."""
    known = Execution(detail["status"], detail["input"] or "", detail["error"], detail["cause"])
    acceptance = an_acceptance(records, admission=an_admission(*rules, origins=origins), defaults=defaults)
    executions = RecordingExecutions(known={detail["name"]: known})
    return Reconciliation(acceptance, executions, rejected or Rejected()).reconcile(detail)


@pytest.mark.parametrize(("status", "outcome"), ENDED.items())
def test_an_execution_that_ended_ends_its_request(status: str, outcome: RequestState) -> None:
    records = InMemoryRecords(a_record())
    assert end(records, ended(status))
    record = records.records["r"]
    assert (record.state, record.settled_at, record.failure) == (outcome, NOW, SAID[status])


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
@pytest.mark.parametrize("status", ENDED)
def test_an_outcome_stays(status: str, state: RequestState) -> None:
    records = InMemoryRecords(a_record(state=state))
    assert not end(records, ended(status))
    assert records.records["r"] == a_record(state=state)


def test_the_reason_is_the_service_s_own_where_it_named_one() -> None:
    records = InMemoryRecords(a_record())
    cause = json.dumps({"errorMessage": "ConflictException: It stops", "errorType": "ServiceRefused"})
    end(records, ended("FAILED", error="ServiceRefused", cause=cause))
    assert records.records["r"].failure == Failure("ConflictException", "The execution failed: It stops")


def test_the_reason_is_the_execution_s_own() -> None:
    records = InMemoryRecords(a_record())
    cause = json.dumps({"errorMessage": "The table is gone", "errorType": "E"})
    end(records, ended("FAILED", error="ResourceNotFoundException", cause=cause))
    failure = records.records["r"].failure
    assert failure
    assert failure.error == "ResourceNotFoundException"
    assert failure.message == "The execution failed: The table is gone"


def test_what_came_to_closed_doors_was_rejected_and_is_not_recorded_to_be_announced_again() -> None:
    records = InMemoryRecords()
    assert not end(records, ended("FAILED", error="DoorsClosed", cause="Nothing new is accepted"))
    assert records.get("r") is None


@pytest.mark.parametrize(("status", "outcome"), ENDED.items())
def test_an_execution_that_never_got_to_its_record_is_recorded_to_be_announced(
    status: str, outcome: RequestState
) -> None:
    records = InMemoryRecords()
    assert end(records, ended(status))
    assert records.records["r"].state is outcome
    assert records.records["r"].digest == a_record().digest


@pytest.mark.parametrize("error", ["InvalidRequest", "RequestConflict"])
@pytest.mark.parametrize("input_", NO_REQUESTS, ids=lambda text: str(text)[:20])
def test_a_request_that_the_flow_has_rejected_is_left_alone(input_: str | None, error: str) -> None:
    records, rejected = InMemoryRecords(), Rejected()
    assert not end(records, ended("FAILED", input=input_, error=error), rejected)
    assert (records.records, rejected.rejections) == ({}, [])


@pytest.mark.parametrize("status", ENDED)
@pytest.mark.parametrize("input_", NO_REQUESTS, ids=lambda text: str(text)[:20])
def test_an_input_that_is_no_request_is_rejected_where_the_flow_has_not_done_that(
    input_: str | None, status: str
) -> None:
    records, rejected = InMemoryRecords(), Rejected()
    assert not end(records, ended(status, input=input_, error="Runtime.UnmarshalError"), rejected)
    (rejection,) = rejected.rejections
    assert (rejection.id, rejection.error, rejection.execution) == ("r", "InvalidRequest", ARN)
    assert rejection.errors
    assert rejection.message
    assert records.records == {}


@pytest.mark.parametrize("input_", ["", "{", "[" * 90_000], ids=lambda text: text[:3])
def test_an_input_that_cannot_be_read_is_rejected_as_that(input_: str) -> None:
    rejected = Rejected()
    end(InMemoryRecords(), ended("FAILED", input=input_), rejected)
    (rejection,) = rejected.rejections
    assert (rejection.errors, rejection.request) == ((FieldError("body", "must be JSON"),), None)


def test_a_request_that_is_rejected_is_kept_as_it_came() -> None:
    rejected = Rejected()
    end(InMemoryRecords(), ended("FAILED", input='{"studioId": 1}'), rejected)
    assert [rejection.request for rejection in rejected.rejections] == [{"studioId": 1}]


def test_a_renewal_whose_execution_died_is_announced_from_now_on() -> None:
    records = InMemoryRecords(a_record(state=RequestState.READY, renewal=Renewal.ASKED))
    assert end(records, ended("ABORTED", name=renewal_name("r"), input='{"renew": "r"}'))
    assert (records.records["r"].renewal, records.records["r"].due_at) == (Renewal.FAILED, NOW)


def test_an_input_that_its_event_leaves_out_is_the_one_that_step_functions_has() -> None:
    """Nothing catches States.DataLimitExceeded, and blanks count for it, and not for the size of a request."""
    records, rejected = InMemoryRecords(), Rejected()
    known = Execution("FAILED", " " * 250_000 + json.dumps(a_body()), "States.DataLimitExceeded")
    reconciliation = Reconciliation(an_acceptance(records), RecordingExecutions(known={"r": known}), rejected)
    assert reconciliation.reconcile(
        ended("FAILED", input=None, inputDetails={"included": False}, error="States.DataLimitExceeded")
    )
    assert (records.records["r"].digest, rejected.rejections) == (a_record().digest, [])


def test_a_request_that_was_withdrawn_is_neither_ended_nor_rejected() -> None:
    records, rejected = InMemoryRecords(a_record()), Rejected()
    records.withdraw("r")
    assert not end(records, ended("ABORTED"), rejected)
    assert (records.records["r"].withdrawn, rejected.rejections) == (True, [])


@pytest.mark.parametrize("status", ENDED)
def test_an_event_that_somebody_made_up_ends_nobody_s_request(status: str) -> None:
    """What became of an execution, Step Functions says: it runs, or it never was."""
    for known in ({}, {"r": Execution("RUNNING", json.dumps(a_body()))}, {"r": Execution("SUCCEEDED", "{}")}):
        records, rejected = InMemoryRecords(a_record()), Rejected()
        reconciliation = Reconciliation(an_acceptance(records), RecordingExecutions(known=known), rejected)
        with pytest.raises(EndpointUnreachable, match="does not say that the execution r"):
            reconciliation.reconcile(ended(status))
        assert (records.records, rejected.rejections) == ({"r": a_record()}, [])


def test_a_request_that_named_no_provider_is_no_stranger_s_since_there_are_several() -> None:
    ids = {"studioId": "studio", "sessionId": "session"}
    records = InMemoryRecords(a_record())
    assert end(records, ended("ABORTED", input=json.dumps(ids)), defaults=Defaults(900, Rules(("dcv", "nimble"))))
    assert records.records["r"].state is RequestState.CANCELLED


STRANGERS = {
    "another request": (json.dumps(a_body(studioId="other")), "RequestConflict"),
    "no request": ("{}", "InvalidRequest"),
    "a renewal": ('{"renew": "r"}', "RequestConflict"),
}


@pytest.mark.parametrize("status", ENDED)
@pytest.mark.parametrize(("given", "error"), STRANGERS.values(), ids=STRANGERS)
def test_a_request_whose_name_is_a_stranger_s_execution_s_has_failed_and_says_so(
    given: str, error: str, status: str
) -> None:
    """The name is used up, so its own execution can never run: whatever the stranger's came to, that is its end."""
    records, rejected = InMemoryRecords(a_record()), Rejected()
    assert end(records, ended(status, input=given, error=error, cause="as it says"), rejected)
    record = records.records["r"]
    assert record.failure
    assert (record.state, record.failure.error) == (RequestState.FAILED, "NameTaken")
    said = "The execution that has this request's name asked for something else, so none can run for the request. "
    assert record.failure.message.startswith(f"{said}It ended as {error}: ")
    assert rejected.rejections == []


@pytest.mark.parametrize("status", ENDED)
def test_an_execution_is_reconciled_once_however_often_it_is_told_of(status: str) -> None:
    records = InMemoryRecords()
    assert [end(records, ended(status)) for _ in range(3)] == [True, False, False]


EVENTS = IdentityRule("classes", ("event",), "nimble", "sessionId", ("session",))


def test_an_execution_that_died_before_it_was_checked_is_checked_then() -> None:
    records, rejected = InMemoryRecords(), Rejected()
    assert not end(records, ended("ABORTED"), rejected, EVENTS)
    assert records.records == {}
    (rejection,) = rejected.rejections
    assert (rejection.error, [error.field for error in rejection.errors or ()]) == ("NotAllowed", ["sessionId"])


def test_an_event_whose_execution_died_is_still_an_event() -> None:
    records, origins = InMemoryRecords(), InMemoryOrigins()
    an_admission(EVENTS, origins=origins).take_event("r", parse_request(a_body(), RULES))
    assert end(records, ended("ABORTED"), None, EVENTS, origins=origins)
    assert records.records["r"].state is RequestState.CANCELLED

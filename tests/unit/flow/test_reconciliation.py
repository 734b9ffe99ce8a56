"""Requests whose executions did not end them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom.domain.errors import EndpointUnreachable, FieldError, ThrottlingException
from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.flow.defaults import Defaults
from greenroom.flow.executions import Execution, renewal_name
from greenroom.flow.payloads import Rejection
from greenroom.flow.reconciliation import (
    GRACE,
    JOB,
    SETTLED,
    Swept,
    oldest_pending,
    reconcile,
    sweep_overdue,
    sweep_releases,
)
from greenroom.record.model import Open, Record
from greenroom.request.identities import IdentityRule
from greenroom.request.stream_request import parse_request
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.examples import DEFAULTS, a_body, a_planner, a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
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
    return reconcile(
        detail,
        records=records,
        admission=an_admission(*rules, origins=origins),
        executions=RecordingExecutions(known={detail["name"]: known}),
        planner=a_planner(),
        defaults=defaults,
        rejections=rejected or Rejected(),
        clock=FakeClock(),
    )


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
    assert reconcile(
        ended("FAILED", input=None, inputDetails={"included": False}, error="States.DataLimitExceeded"),
        records=records,
        admission=an_admission(),
        executions=RecordingExecutions(known={"r": known}),
        planner=a_planner(),
        defaults=DEFAULTS,
        rejections=rejected,
        clock=FakeClock(),
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
        with pytest.raises(EndpointUnreachable, match="does not say that the execution r"):
            reconcile(
                ended(status),
                records=records,
                admission=an_admission(),
                executions=RecordingExecutions(known=known),
                planner=a_planner(),
                defaults=DEFAULTS,
                rejections=rejected,
                clock=FakeClock(),
            )
        assert (records.records, rejected.rejections) == ({"r": a_record()}, [])


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


def test_a_sweep_ends_what_is_well_past_its_deadline_and_stops_it() -> None:
    overdue = a_record(id="overdue", deadline_at=NOW - GRACE - timedelta(seconds=1))
    just_late = a_record(id="just late", deadline_at=NOW - GRACE + timedelta(seconds=1))
    done = a_record(id="done", deadline_at=NOW - timedelta(days=1), state=RequestState.READY)
    records, executions = InMemoryRecords(overdue, just_late, done), RecordingExecutions()
    swept = sweep_overdue(records=records, executions=executions, clock=FakeClock())
    assert swept == Swept(1, stuck={"overdue": GRACE.total_seconds() + 1})
    states = {id_: record.state.value for id_, record in records.records.items()}
    assert states == {"overdue": "timed_out", "just late": "pending", "done": "ready"}
    assert [stopped[0] for stopped in executions.stopped] == ["overdue"]


def test_a_second_sweep_finds_nothing() -> None:
    records = InMemoryRecords(a_record(deadline_at=NOW - timedelta(days=1)))
    swept = [sweep_overdue(records=records, executions=RecordingExecutions(), clock=FakeClock()) for _ in range(2)]
    assert [each.count for each in swept] == [1, 0]
    assert swept[1] == Swept()


class ExecutionsThatDoNotStop(RecordingExecutions):
    """Step Functions, which does not stop one execution for now."""

    is_stuck = True

    def stop(self, request_id: str, error: str, cause: str) -> None:
        super().stop(request_id, error, cause)
        if request_id == "stuck" and self.is_stuck:
            raise ThrottlingException("States did not answer")


def test_a_request_that_cannot_be_swept_does_not_keep_the_others_from_it() -> None:
    yesterday = NOW - timedelta(days=1)
    records = InMemoryRecords(*(a_record(id=name, deadline_at=yesterday) for name in ("stuck", "other")))
    executions = ExecutionsThatDoNotStop()
    swept = sweep_overdue(records=records, executions=executions, clock=FakeClock())
    assert {stopped[0] for stopped in executions.stopped} == {"stuck", "other"}
    assert swept.count == 1
    assert {name: str(error) for name, error in swept.errors.items()} == {"stuck": "States did not answer"}


def test_an_execution_that_could_not_be_stopped_is_stopped_by_a_later_sweep() -> None:
    records = InMemoryRecords(a_record(id="stuck", deadline_at=NOW - timedelta(days=1)))
    executions, clock = ExecutionsThatDoNotStop(), FakeClock()
    sweep_overdue(records=records, executions=executions, clock=clock)
    records.mark_announced(records.records["stuck"], ["bus"])
    clock.advance(SETTLED.total_seconds() + 1)
    swept = sweep_releases(records=records, executions=executions, clock=clock)
    assert (swept.count, list(swept.errors), records.records["stuck"].to_stop) == (0, ["stuck"], True)
    assert swept.stuck == swept.waits == {"stuck": SETTLED.total_seconds() + 1}
    executions.is_stuck = False
    sweep_releases(records=records, executions=executions, clock=clock)
    record = records.records["stuck"]
    assert (len(executions.stopped), record.to_stop, record.open, record.due_at) == (3, False, None, None)


def to_release(**fields: Any) -> Record:
    """Make a request that was cancelled at NOW, and for which something was started."""
    started = {"release_on_failure": True, "started": "token", "open": Open.RELEASING, "due_at": NOW}
    return a_record(state=RequestState.CANCELLED, settled_at=NOW, **{**started, **fields})


def test_what_was_started_is_asked_to_be_released_until_it_is() -> None:
    """By each sweep, though the next one may come a bit sooner than after five minutes."""
    records, clock = InMemoryRecords(to_release()), FakeClock()
    asked = []
    for age in (301, 600, 895):
        clock.now = NOW + timedelta(seconds=age)
        swept = sweep_releases(records=records, executions=RecordingExecutions(), clock=clock)
        assert (swept.waits, swept.stuck) == ({"r": age}, {})
        asked.append(records.records["r"].due_at)
    assert len(set(asked)) == 3
    records.mark_released("r")
    clock.advance(3600)
    assert sweep_releases(records=records, executions=RecordingExecutions(), clock=clock) == Swept()


def test_what_is_gone_or_was_released_since_the_index_was_read_is_passed_over() -> None:
    records = InMemoryRecords(a_record(state=RequestState.CANCELLED, open=None))
    records.releasing = lambda by: iter(["gone", "r"])  # type: ignore[method-assign]  # noqa: ARG005
    assert sweep_releases(records=records, executions=RecordingExecutions(), clock=FakeClock()) == Swept()


def test_nothing_is_released_for_good_while_something_may_still_be_under_way() -> None:
    records, clock = InMemoryRecords(to_release()), FakeClock()
    clock.now = NOW + SETTLED
    assert sweep_releases(records=records, executions=RecordingExecutions(), clock=clock) == Swept()


def test_the_oldest_pending_request_is_known_by_those_that_are_due_first() -> None:
    ages = {f"of {age} s": a_record(id=f"of {age} s", created_at=NOW - timedelta(seconds=age)) for age in (4, 90, 30)}
    done = a_record(id="done", created_at=NOW - timedelta(days=1), state=RequestState.READY)
    assert oldest_pending(records=InMemoryRecords(done, *ages.values()), clock=FakeClock()) == 90
    assert oldest_pending(records=InMemoryRecords(done), clock=FakeClock()) is None


def test_what_a_lagging_index_names_is_neither_swept_nor_pending() -> None:
    class LaggingRecords(InMemoryRecords):
        def overdue(self, by: datetime) -> Iterator[str]:  # noqa: ARG002
            yield from ("gone", "done")

    done = a_record(id="done", deadline_at=NOW - timedelta(days=1), state=RequestState.READY)
    records, executions = LaggingRecords(done), RecordingExecutions()
    assert sweep_overdue(records=records, executions=executions, clock=FakeClock()) == Swept()
    assert oldest_pending(records=records, clock=FakeClock()) is None
    assert (records.records, executions.stopped) == ({"done": done}, [])


def test_of_thousands_of_pending_requests_ten_are_read() -> None:
    class CountedRecords(InMemoryRecords):
        read = 0

        def get(self, request_id: str) -> Record | None:
            self.read += 1
            return super().get(request_id)

    records = CountedRecords(*(a_record(id=str(n), deadline_at=NOW + timedelta(seconds=n)) for n in range(1000)))
    assert oldest_pending(records=records, clock=FakeClock()) == 0
    assert records.read == 10


class SlowRecords(InMemoryRecords):
    """Records of which each takes so many seconds to end."""

    def __init__(self, clock: FakeClock, seconds: float, *records: Record) -> None:
        super().__init__(*records)
        self._clock, self._seconds = clock, seconds

    def settle(self, *args: Any, **more: Any) -> bool:
        self._clock.advance(self._seconds)
        return super().settle(*args, **more)


def test_a_sweep_with_too_much_to_do_leaves_the_rest_to_the_next_run_and_its_time_to_the_other_jobs() -> None:
    clock, yesterday = FakeClock(), NOW - timedelta(days=1)
    records = SlowRecords(clock, 0.1, *(a_record(id=str(n), deadline_at=yesterday) for n in range(1000)))
    swept = [sweep_overdue(records=records, executions=RecordingExecutions(), clock=clock) for _ in range(4)]
    assert [each.count for each in swept] == [300, 300, 300, 100]


EVENTS = IdentityRule("classes", ("event",), "nimble", "sessionId", ("session",))


def test_an_execution_that_died_before_it_was_checked_is_checked_then() -> None:
    records, rejected = InMemoryRecords(), Rejected()
    assert not end(records, ended("ABORTED"), rejected, EVENTS)
    assert records.records == {}
    (rejection,) = rejected.rejections
    assert (rejection.error, [error.field for error in rejection.errors or ()]) == ("NotAllowed", ["sessionId"])


def test_an_event_whose_execution_died_is_still_an_event() -> None:
    records, origins = InMemoryRecords(), InMemoryOrigins()
    an_admission(EVENTS, origins=origins).take_event("r", parse_request(a_body()))
    assert end(records, ended("ABORTED"), None, EVENTS, origins=origins)
    assert records.records["r"].state is RequestState.CANCELLED


class SlowToStop(RecordingExecutions):
    """Executions of which each takes so many seconds to stop."""

    clock: FakeClock
    seconds: float

    def stop(self, request_id: str, error: str, cause: str) -> None:
        self.clock.advance(self.seconds)
        super().stop(request_id, error, cause)


def test_releases_that_a_sweep_has_no_time_for_are_left_to_its_next_run() -> None:
    clock = FakeClock()
    long_ago = NOW - SETTLED - timedelta(seconds=1)
    ended = [to_release(id=name, due_at=long_ago, started=None, to_stop=True) for name in ("first", "second")]
    executions = SlowToStop()
    executions.clock, executions.seconds = clock, JOB.total_seconds()
    records = InMemoryRecords(*ended)
    swept = [sweep_releases(records=records, executions=executions, clock=clock) for _ in range(2)]
    assert [each.count for each in swept] == [1, 1]


def test_an_execution_that_is_stopped_late_hears_why_its_request_ended() -> None:
    records = InMemoryRecords(to_release(to_stop=True, due_at=NOW - SETTLED - timedelta(seconds=1)))
    executions = RecordingExecutions()
    sweep_releases(records=records, executions=executions, clock=FakeClock())
    assert executions.stopped == [("r", "RequestEnded", "The request has ended")]


def test_a_request_of_which_nothing_was_heard_says_so() -> None:
    records = InMemoryRecords(a_record(deadline_at=NOW - timedelta(days=1)))
    sweep_overdue(records=records, executions=RecordingExecutions(), clock=FakeClock())
    said = Failure("DeadlineExceeded", "The deadline passed and nothing was heard of the execution")
    assert records.records["r"].failure == said

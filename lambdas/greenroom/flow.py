"""What the tasks do, one function a state, in the order of the state machine. The order itself is in the ASL."""

from __future__ import annotations

from datetime import datetime, timedelta

from greenroom.defaults import Defaults
from greenroom.domain import Failure, Renewal, RequestState, to_iso
from greenroom.errors import DeadlineExceeded, RequestConflict
from greenroom.payloads import FailureNotice, Report, Submission, Success, Task, Work
from greenroom.ports import Clock, Connections, Requests, StreamProvider
from greenroom.record import Record
from greenroom.request import parse_request


def accept_request(
    submission: Submission, owner: str | None, *, requests: Requests, defaults: Defaults, clock: Clock
) -> tuple[Record, Work]:
    """Check a request and put it on record, once: whoever comes second with the same id gets the first one's record."""
    request = parse_request(submission.request, defaults.hosts)
    now = clock().replace(microsecond=0)
    record = requests.add(
        Record(
            id=submission.id,
            request=request,
            created_at=now,
            deadline_at=now + timedelta(seconds=request.deadline_seconds or defaults.deadline_seconds),
            notify=tuple(request.notify or defaults.notify),
            claim=defaults.claim if request.claim is None else request.claim,
            owner=owner,
        )
    )
    if record.request.digest != request.digest:
        raise RequestConflict(f"Request {submission.id} exists already and asked for something else")
    return record, _work(record, record.deadline_at, defaults)


def accept_renewal(request_id: str, *, requests: Requests, defaults: Defaults, clock: Clock) -> Work:
    """Take up a request whose URL has expired, with as much time as it had before."""
    record = requests.get(request_id)
    if record is None or record.renewal is not Renewal.ASKED:
        raise RequestConflict(f"Nobody has asked for a fresh stream for request {request_id}")
    deadline_at = clock().replace(microsecond=0) + (record.deadline_at - record.created_at)
    return _work(record, deadline_at, defaults)


def _work(record: Record, deadline_at: datetime, defaults: Defaults) -> Work:
    request = record.request
    return Work(
        id=record.id,
        studio_id=request.studio_id,
        session_id=request.session_id,
        expiration_in_seconds=request.expiration_in_seconds,
        deadline_at=deadline_at,
        schedule=defaults.schedule.within_history((record.deadline_at - record.created_at).total_seconds()),
        renewal=record.renewal is not None,
    )


def prepare_session(task: Task, *, provider: StreamProvider, requests: Requests, clock: Clock) -> Report:
    _ensure_time_left(task.request, provider, clock)
    progress = provider.prepare(task.request.session, task.client_token)
    if progress.session_started:
        requests.note_progress(task.request.id, progress)
    return Report.of(progress)


def create_stream(task: Task, *, provider: StreamProvider, requests: Requests, clock: Clock) -> Report:
    _ensure_time_left(task.request, provider, clock)
    work = task.request
    progress = provider.create(work.session, work.expiration_in_seconds, task.client_token)
    requests.note_progress(work.id, progress)
    return Report.of(progress)


def get_stream(task: Task, *, provider: StreamProvider, requests: Requests, clock: Clock) -> Report:
    _ensure_time_left(task.request, provider, clock)
    progress = provider.describe(task.request.session, task.stream_id)
    requests.note_progress(task.request.id, progress)
    return Report.of(progress)


def connect_stream(task: Task, *, provider: StreamProvider, connections: Connections) -> dict[str, str]:
    """Fetch the URL and lock it away; only its time of expiry goes back into the flow."""
    connection = provider.connect(task.request.session, task.stream_id, task.request.expiration_in_seconds)
    connections.put(task.request.id, connection)
    return {"expiresAt": to_iso(connection.expires_at)}


def publish_ready(success: Success, *, requests: Requests, clock: Clock) -> bool:
    if success.renewal:
        return requests.end_renewal(success.id, success.stream_id, success.expires_at)
    return requests.settle(success.id, RequestState.READY, clock(), expires_at=success.expires_at)


def publish_failure(notice: FailureNotice, *, requests: Requests, clock: Clock) -> bool:
    if notice.renewal:
        return requests.end_renewal(notice.id, None, None)
    failure = explain(notice)
    outcome = RequestState.TIMED_OUT if failure.error == DeadlineExceeded.__name__ else RequestState.FAILED
    return requests.settle(notice.id, outcome, clock(), failure)


def explain(notice: FailureNotice) -> Failure:
    """Turn what a state caught, or what the service reported, into a sentence for people."""
    report = notice.report
    message = notice.message
    if report and report.detail:
        message += f": {report.detail}"
    if report and report.state:
        code = f", {report.status_code}" if report.status_code else ""
        message += f" (the service's last word: {report.state}{code})"
    return Failure(
        error=notice.error,
        message=message,
        state=report.state if report else None,
        status_code=report.status_code if report else None,
    )


def _ensure_time_left(work: Work, provider: StreamProvider, clock: Clock) -> None:
    if clock() >= work.deadline_at:
        raise DeadlineExceeded(
            f"The stream was not ready by the deadline, {to_iso(work.deadline_at)}; asked at {provider.endpoint}"
        )

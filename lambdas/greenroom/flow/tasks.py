"""The work of the tasks, one function a state, in the order of the state machine. The order itself is in the ASL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from greenroom.domain.errors import CapacityUnavailable, DeadlineExceeded, RequestEnded, UrlExpired
from greenroom.domain.values import Clock, Failure, Progress, RequestState, Status, to_iso
from greenroom.flow.acceptance import accept, take_up_renewal
from greenroom.flow.defaults import Defaults
from greenroom.flow.payloads import (
    ConnectResult,
    FailureOutcome,
    ProgressResult,
    ReadyOutcome,
    RecordResult,
    Submission,
    Task,
    Work,
)
from greenroom.providers.port import StreamProvider
from greenroom.record.store import Records, StreamUrls

Providers = Mapping[str, StreamProvider[Any]]


def accept_request(submission: Submission, *, records: Records, defaults: Defaults, clock: Clock) -> Work:
    """Put a request on record, or take up a renewal. RequestEnded if the request has its outcome already."""
    if submission.renews:
        return take_up_renewal(submission.renews, records=records, defaults=defaults, clock=clock)
    record, work = accept(submission, owner=None, records=records, defaults=defaults, clock=clock)
    if record.state.is_terminal:
        raise RequestEnded(f"Request {record.id} has ended already: {record.state}")
    return work


def prepare_session(task: Task, *, providers: Providers, records: Records, clock: Clock) -> ProgressResult:
    provider = _provider_in_time(task.request, providers, clock)
    progress = _progress(lambda: provider.prepare(task.request.fields, task.client_token))
    if progress.started or progress.status is Status.PENDING:
        return _noted(task, progress, records)
    return ProgressResult.of(progress)


def create_stream(task: Task, *, providers: Providers, records: Records, clock: Clock) -> ProgressResult:
    provider = _provider_in_time(task.request, providers, clock)
    return _noted(task, _progress(lambda: provider.create(task.request.fields, task.client_token)), records)


def get_stream(task: Task, *, providers: Providers, records: Records, clock: Clock) -> ProgressResult:
    provider = _provider_in_time(task.request, providers, clock)
    age = clock() - task.created_at if task.created_at else timedelta(0)
    return _noted(task, _progress(lambda: provider.describe(task.request.fields, task.stream_id, age)), records)


def connect_stream(task: Task, *, providers: Providers, stream_urls: StreamUrls, clock: Clock) -> ConnectResult:
    """Fetch the URL and lock it away; only its time of expiry goes back into the flow.

    The deadline does not count here, since the stream is ready: it is tried for as long as the provider's fields say.
    """
    fields = task.request.fields
    if task.ready_at and clock() >= task.ready_at + timedelta(seconds=fields.connect_seconds):
        raise UrlExpired(f"The stream was ready, and its {fields.connect_seconds} s were over before it gave its URL")
    url = providers[fields.provider].connect(fields, task.stream_id)
    stream_urls.put(task.request.id, url)
    return ConnectResult(expires_at=url.expires_at)


def record_ready(outcome: ReadyOutcome, *, records: Records, clock: Clock) -> RecordResult:
    if outcome.renewal:
        ended = records.end_renewal(outcome.id, clock(), outcome.stream_id, outcome.expires_at)
    else:
        ended = records.settle(outcome.id, RequestState.READY, clock(), expires_at=outcome.expires_at)
    return RecordResult(recorded=ended)


def record_failure(outcome: FailureOutcome, *, records: Records, clock: Clock) -> RecordResult:
    if outcome.renewal:
        ended = records.end_renewal(outcome.id, clock())
    else:
        timed_out = outcome.error == DeadlineExceeded.__name__
        state = RequestState.TIMED_OUT if timed_out else RequestState.FAILED
        ended = records.settle(outcome.id, state, clock(), explain(outcome))
    return RecordResult(recorded=ended, error=outcome.error, cause=outcome.message)


def explain(outcome: FailureOutcome) -> Failure:
    """Turn what a state caught, or what the service told, into a sentence for people."""
    progress, message = outcome.progress, outcome.message
    if progress and progress.detail:
        message += f": {progress.detail}"
    if progress and progress.state:
        code = f", {progress.status_code}" if progress.status_code else ""
        message += f" (the service's last word: {progress.state}{code})"
    return Failure(
        error=outcome.error,
        message=message,
        state=progress.state if progress else None,
        status_code=progress.status_code if progress else None,
    )


def _progress(ask: Callable[[], Progress]) -> Progress:
    """Ask the service. That it has no room is progress too: the flow waits for it, where everybody can see it."""
    try:
        return ask()
    except CapacityUnavailable as full:
        return Progress(Status.PENDING, state=full.name, detail=full.message)


def _noted(task: Task, progress: Progress, records: Records) -> ProgressResult:
    """Keep it in the record. Before there is a stream, it is what the service says of what the stream runs on."""
    words = {"state": progress.state, "statusCode": progress.status_code, "statusMessage": progress.detail}
    seen = {name: word for name, word in words.items() if word is not None} | dict(progress.stream)
    records.note_progress(task.request.id, replace(progress, stream=seen), task.client_token)
    return ProgressResult.of(progress)


def _provider_in_time(work: Work, providers: Providers, clock: Clock) -> StreamProvider[Any]:
    provider = providers[work.fields.provider]
    if clock() >= work.deadline_at:
        raise DeadlineExceeded(
            f"The stream was not ready by the deadline, {to_iso(work.deadline_at)}; asked at {provider.endpoint}"
        )
    return provider

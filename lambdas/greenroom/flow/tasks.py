"""The work of the tasks that talk to the service, one function a state. Their order is in the ASL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from greenroom.domain.errors import (
    DeadlineExceeded,
    EndpointUnreachable,
    RecordRefused,
    RecordUnavailable,
    RequestEnded,
)
from greenroom.domain.values import Clock, Progress, Status, Wait, Waiting, to_iso
from greenroom.flow.connecting import connect, connect_at_once
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import ProgressReport, Task, Work
from greenroom.flow.release import Holders
from greenroom.flow.turns import pause_until_next_look, pending, postponed, progress_in_turn, unanswered
from greenroom.providers.port import Providers, StreamProvider
from greenroom.record.store import Records, Seen, StreamUrls

# So often a service may forget what it was asked for, as one does that is restarted. Then somebody undoes it.
MOST_TIMES_FORGOTTEN = 3
# So many seconds of a wait go by at most without a note of it in the record.
NOTED_EVERY = 60


def prepare_session(
    task: Task, *, providers: Providers, records: Records, holders: Holders, pacer: Pacer, clock: Clock
) -> ProgressReport:
    """Start what the stream runs on if it is stopped; if that is ready, ask for the stream in the same call.

    For an execution of 0.1.0, which asks for the stream by a state of its own, report only how far it is.
    """
    work, token, arrived_at = task.request, task.client_token, task.arrived_at
    provider = _provider_in_time(work, providers, clock)

    def starting() -> None:
        """Note the intention before the start, so that what is started is let go, whatever becomes of this task."""
        if not records.note_start(work.id, token, renewal=work.renewal):
            raise _ended(work)
        if work.shared:
            holders.take(work.fields.provider, work.shared, token)

    try:
        progress = progress_in_turn(
            task, "prepare", lambda: provider.prepare(work.fields, token, starting), arrived_at, pacer=pacer
        )
    except NotYet as not_yet:
        return postponed(task, not_yet, arrived_at, clock())
    except EndpointUnreachable as silence:
        return _unanswered(task, silence, records, clock())
    report, wait = _seen(task, Waiting.SESSION, progress, task.progress, clock())
    if wait:
        _note(task, progress, records, {Waiting.SESSION: wait}, looks=1)
    if report.status is not Status.READY:
        return report
    report = replace(report, ready_at=None, prepared=True)
    if not task.create:
        return report
    return create_stream(replace(task, progress=report), providers=providers, records=records, pacer=pacer, clock=clock)


class _Unsettled(Exception):
    """Another attempt to create may still be under way, or nobody knows how it ended; or the request has ended."""


def create_stream(task: Task, *, providers: Providers, records: Records, pacer: Pacer, clock: Clock) -> ProgressReport:
    """Ask for a stream. While the service has no room, what the stream runs on is still waited for."""
    work, before = task.request, task.progress
    provider, creating = _provider_in_time(work, providers, clock), before.creating

    def create() -> Progress:
        nonlocal creating
        if not provider.settles_in:
            _ensure_at_work(work, records)
            return provider.create(work.fields, task.client_token)
        attempt = uuid4().hex
        if not records.begin_create(work.id, attempt, creating or "", renewal=work.renewal):
            raise _Unsettled
        creating = attempt
        return provider.create(work.fields, task.client_token)

    try:
        progress = progress_in_turn(task, "create", create, task.arrived_at, pacer=pacer)
    except NotYet as not_yet:
        return replace(postponed(task, not_yet, task.arrived_at, clock()), creating=creating)
    except EndpointUnreachable as silence:
        report = _unanswered(task, silence, records, clock())
        return replace(report, wait=max(report.wait, provider.settles_in), creating=creating)
    except _Unsettled:
        return _unsettled(task, provider.settles_in, records)
    now = clock()
    if progress.status is Status.PENDING and not progress.stream_id:
        report, wait = _seen(task, Waiting.SESSION, progress, before, now)
        _note(task, progress, records, {Waiting.SESSION: wait}, looks=1)
        return replace(report, creating=creating)
    report, wait = _seen(task, Waiting.STREAM, progress, replace(before, since=None, waited=0), now)
    waits = {Waiting.STREAM: wait}
    if before.since and before.status is Status.PENDING:  # it has waited for room, and now there is some
        waits[Waiting.SESSION] = _over(before.since, before.waited, now)
    try:
        _note(task, progress, records, waits)
    except RequestEnded:
        # The release that came with the end may have been too early for what was being made.
        records.note_late(work.id, progress.stream_id, clock(), renewal=work.renewal)
        raise
    # For how long the URL of a ready stream is asked for, GetStream counts, by one clock.
    return replace(report, ready_at=None)


def get_stream(
    task: Task, *, providers: Providers, records: Records, stream_urls: StreamUrls, pacer: Pacer, clock: Clock
) -> ProgressReport:
    """Look at the stream; once it is ready, get its URL and lock it away."""
    before = task.progress
    means: dict[str, Any] = {"providers": providers, "stream_urls": stream_urls, "pacer": pacer, "clock": clock}
    if before.status is Status.READY:
        return connect(task, before, **means)
    provider, fields = _provider_in_time(task.request, providers, clock), task.request.fields
    queued_at, began = before.queued_at or clock(), before.since or clock()
    try:
        progress = progress_in_turn(
            task, "look", lambda: provider.describe(fields, before.stream_id, clock() - began), queued_at, pacer=pacer
        )
    except NotYet as not_yet:
        return postponed(task, not_yet, queued_at, clock())
    except EndpointUnreachable as silence:
        return _unanswered(task, silence, records, clock())
    if progress.forgotten and before.forgotten < MOST_TIMES_FORGOTTEN:
        _note(task, progress, records, {}, looks=before.unnoted + 1)
        return _again(progress, before)
    report, wait = _seen(task, Waiting.STREAM, replace(progress, stream_id=before.stream_id), before, clock())
    waits = {Waiting.STREAM: wait}
    if progress.status is not Status.READY:
        return _noted(task, progress, report, records, waits)
    seen = _to_note(progress, waits, looks=before.unnoted + 1)
    report = connect_at_once(task, report, progress.url, seen, **means)
    if not report.expires_at:
        # A ready stream is not thrown away because a note could not be written.
        with suppress(RecordUnavailable):
            _note(task, progress, records, waits, looks=seen.looks)
    return report


def _unsettled(task: Task, settles_in: int, records: Records) -> ProgressReport:
    """Wait until what another attempt may have made can be seen; RequestEnded if nobody waits any more.

    That attempt may still be under way, or nobody knows how it ended. The state machine does the waiting, so that no
    two clocks are compared.
    """
    creating = records.creating(task.request.id, renewal=task.request.renewal)
    if creating is None:
        raise _ended(task.request)
    return replace(pending(task), wait=settles_in, ticket="", queued_at=None, creating=creating)


def _again(progress: Progress, before: ProgressReport) -> ProgressReport:
    """Have the stream created once more under the same client token; the wait for it begins anew."""
    nothing = replace(progress, status=Status.PENDING, stream_id=None)
    forgotten = before.forgotten + 1
    return ProgressReport.of(nothing, wait=1, turns=before.turns, forgotten=forgotten, prepared=before.prepared)


def _unanswered(task: Task, silence: EndpointUnreachable, records: Records, now: datetime) -> ProgressReport:
    report = unanswered(task, silence, now)
    _note(task, Progress(Status.PENDING, state=report.state, detail=report.detail), records, {})
    return report


def _seen(
    task: Task, waiting: Waiting, progress: Progress, before: ProgressReport, now: datetime
) -> tuple[ProgressReport, Wait | None]:
    """Report what was seen, in the wait that `before` tells of or in one that begins now; and that wait, if any."""
    since, waited = before.since, before.waited
    if progress.status is Status.READY:
        report = ProgressReport.of(progress, since=since, waited=waited, ready_at=now, turns=before.turns)
        return report, _over(since, waited, now) if since else None
    began, pause = since or now, 0
    if progress.status is Status.PENDING:
        waited = math.floor((now - began).total_seconds())
        pause = pause_until_next_look(task, waiting, waited, now)
    report = ProgressReport.of(
        progress,
        wait=pause,
        since=began,
        waited=waited,
        turns=before.turns,
        forgotten=before.forgotten,
        prepared=before.prepared,
    )
    return report, Wait(began, waited)


def _over(since: datetime, waited: int, now: datetime) -> Wait:
    """A wait that is over: ready at the look that was just made."""
    return Wait(since, waited, max(waited + 1, math.ceil((now - since).total_seconds())))


def _noted(
    task: Task, progress: Progress, report: ProgressReport, records: Records, waits: Mapping[Waiting, Wait | None]
) -> ProgressReport:
    """Keep what a look has shown, or count the look for the next note if it has shown nothing new."""
    looks = task.progress.unnoted + 1
    if _is_no_news(report, task.progress):
        # A rollback brings back the role of the release before, which may note and not read, before its code.
        with suppress(RecordRefused):
            _ensure_at_work(task.request, records)
            return replace(report, noted=task.progress.noted, unnoted=looks)
    _note(task, progress, records, waits, looks)
    return replace(report, noted=report.waited)


def _is_no_news(report: ProgressReport, before: ProgressReport) -> bool:
    """Whether the record has all of it but the time of the look, and says of that nothing very old."""
    words = (report.status, report.state, report.status_code, report.detail)
    return (
        report.status is Status.PENDING
        and words == (before.status, before.state, before.status_code, before.detail)
        and report.waited - before.noted < NOTED_EVERY
    )


def _note(
    task: Task, progress: Progress, records: Records, waits: Mapping[Waiting, Wait | None], looks: int = 0
) -> None:
    """Keep it in the record. RequestEnded if nobody waits any more."""
    work, seen = task.request, _to_note(progress, waits, looks)
    if not records.note_progress(work.id, seen.progress, seen.waits, seen.looks, renewal=work.renewal):
        raise _ended(work)


def _to_note(progress: Progress, waits: Mapping[Waiting, Wait | None], looks: int) -> Seen:
    """Before there is a stream, it is what the service says of what the stream runs on."""
    words = {"state": progress.state, "statusCode": progress.status_code, "statusMessage": progress.detail}
    said = {name: word for name, word in words.items() if word is not None} | dict(progress.stream)
    return Seen(replace(progress, stream=said), {waiting: wait for waiting, wait in waits.items() if wait}, looks)


def _ensure_at_work(work: Work, records: Records) -> None:
    """Raise RequestEnded if nobody waits any more. Reading that costs a fraction of writing something."""
    if not records.is_at_work(work.id, renewal=work.renewal):
        raise _ended(work)


def _ended(work: Work) -> RequestEnded:
    what = "renewal of request" if work.renewal else "request"
    return RequestEnded(f"The {what} {work.id} has ended meanwhile: nothing more is asked of the service for it")


def _provider_in_time(work: Work, providers: Providers, clock: Clock) -> StreamProvider[Any]:
    provider = providers[work.fields.provider]
    if clock() >= work.deadline_at:
        raise DeadlineExceeded(
            f"The stream was not ready by the deadline, {to_iso(work.deadline_at)}; asked at {provider.endpoint}"
        )
    return provider

"""The work of the tasks that talk to the service, one function a state. Their order is in the ASL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from greenroom.domain.errors import DeadlineExceeded
from greenroom.domain.values import Clock, Progress, Status, Wait, Waiting, to_iso
from greenroom.flow.connecting import connect, connect_at_once, keep
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import ProgressReport, Task, Work
from greenroom.flow.turns import postponed, progress_in_turn
from greenroom.providers.port import Providers, StreamProvider
from greenroom.record.store import Records, StreamUrls


def prepare_session(
    task: Task, *, providers: Providers, records: Records, pacer: Pacer, clock: Clock
) -> ProgressReport:
    provider, fields = _provider_in_time(task.request, providers, clock), task.request.fields
    try:
        progress = progress_in_turn(
            task, "prepare", lambda: provider.prepare(fields, task.client_token), task.arrived_at, pacer=pacer
        )
    except NotYet as not_yet:
        return postponed(task, not_yet, task.arrived_at, clock())
    report, wait = _seen(progress, task.progress, clock())
    if progress.started or wait:
        _note(task, progress, records, {Waiting.SESSION: wait}, looks=1)
    return replace(report, ready_at=None)


def create_stream(task: Task, *, providers: Providers, records: Records, pacer: Pacer, clock: Clock) -> ProgressReport:
    """Ask for a stream. While the service has no room, what the stream runs on is still waited for."""
    provider, fields, before = _provider_in_time(task.request, providers, clock), task.request.fields, task.progress
    try:
        progress = progress_in_turn(
            task, "create", lambda: provider.create(fields, task.client_token), task.arrived_at, pacer=pacer
        )
    except NotYet as not_yet:
        return postponed(task, not_yet, task.arrived_at, clock())
    now = clock()
    if progress.status is Status.PENDING and not progress.stream_id:
        report, wait = _seen(progress, before, now)
        _note(task, progress, records, {Waiting.SESSION: wait}, looks=1)
        return report
    report, wait = _seen(progress, replace(before, since=None, waited=0), now)
    waits = {Waiting.STREAM: wait}
    if before.since and before.status is Status.PENDING:  # it has waited for room, and now there is some
        waits[Waiting.SESSION] = _over(before.since, before.waited, now)
    _note(task, progress, records, waits)
    return report


def get_stream(
    task: Task, *, providers: Providers, records: Records, stream_urls: StreamUrls, pacer: Pacer, clock: Clock
) -> ProgressReport:
    """Look at the stream; once it is ready, get its URL and lock it away."""
    before = task.progress
    means: dict[str, Any] = {"providers": providers, "stream_urls": stream_urls, "pacer": pacer, "clock": clock}
    if before.ready_at:
        return connect(task, before, **means)
    provider, fields = _provider_in_time(task.request, providers, clock), task.request.fields
    queued_at, began = before.queued_at or clock(), before.since or clock()
    try:
        progress = progress_in_turn(
            task, "look", lambda: provider.describe(fields, before.stream_id, clock() - began), queued_at, pacer=pacer
        )
    except NotYet as not_yet:
        return postponed(task, not_yet, queued_at, clock())
    report, wait = _seen(replace(progress, stream_id=before.stream_id), before, clock())
    if progress.url and progress.status is Status.READY:
        report = keep(task, report, progress.url, stream_urls=stream_urls)
    elif progress.status is Status.READY:
        report = connect_at_once(task, report, **means)
    _note(task, progress, records, {Waiting.STREAM: wait}, looks=1)
    return report


def _seen(progress: Progress, before: ProgressReport, now: datetime) -> tuple[ProgressReport, Wait | None]:
    """Report what was seen, in the wait that `before` tells of or in one that begins now; and that wait, if any."""
    since, waited = before.since, before.waited
    if progress.status is Status.READY:
        report = ProgressReport.of(progress, since=since, waited=waited, ready_at=now, turns=before.turns)
        return report, _over(since, waited, now) if since else None
    began = since or now
    if progress.status is Status.PENDING:
        waited = math.floor((now - began).total_seconds())
    return ProgressReport.of(progress, since=began, waited=waited, turns=before.turns), Wait(began, waited)


def _over(since: datetime, waited: int, now: datetime) -> Wait:
    """A wait that is over: ready at the look that was just made."""
    return Wait(since, waited, max(waited + 1, math.ceil((now - since).total_seconds())))


def _note(
    task: Task, progress: Progress, records: Records, waits: Mapping[Waiting, Wait | None], looks: int = 0
) -> None:
    """Keep it in the record. Before there is a stream, it is what the service says of what the stream runs on."""
    words = {"state": progress.state, "statusCode": progress.status_code, "statusMessage": progress.detail}
    said = {name: word for name, word in words.items() if word is not None} | dict(progress.stream)
    kept = {waiting: wait for waiting, wait in waits.items() if wait}
    records.note_progress(task.request.id, replace(progress, stream=said), task.client_token, kept, looks)


def _provider_in_time(work: Work, providers: Providers, clock: Clock) -> StreamProvider[Any]:
    provider = providers[work.fields.provider]
    if clock() >= work.deadline_at:
        raise DeadlineExceeded(
            f"The stream was not ready by the deadline, {to_iso(work.deadline_at)}; asked at {provider.endpoint}"
        )
    return provider

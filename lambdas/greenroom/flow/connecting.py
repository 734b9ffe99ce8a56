"""Getting the URL of a stream that is ready, and locking it away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from greenroom.domain.errors import (
    EndpointUnreachable,
    ProviderError,
    RecordUnavailable,
    RequestEnded,
    ServiceRefused,
    UrlExpired,
)
from greenroom.domain.values import Clock, StreamUrl
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.flow.turns import in_turn, seconds_away, silent
from greenroom.providers.port import Providers
from greenroom.record.store import Seen, StreamUrls


def connect(
    task: Task,
    report: ProgressReport,
    *,
    providers: Providers,
    stream_urls: StreamUrls,
    pacer: Pacer,
    clock: Clock,
    seen: Seen | None = None,
) -> ProgressReport:
    """Only the time of expiry goes back into the flow. RequestEnded if nobody waits for the URL any more.

    The deadline does not count here, since the stream is ready: it is tried for as long as the provider's fields say.
    An attempt that locked a URL away and could not say so is not made again.
    """
    fields, seconds = task.request.fields, task.request.connect_seconds
    ready_at, provider = report.ready_at or clock(), providers[task.request.fields.provider]
    report = replace(report, ready_at=ready_at)
    if clock() >= ready_at + timedelta(seconds=seconds):
        raise UrlExpired(f"The stream was ready, and its {seconds} s were over before it gave its URL")
    if expires_at := stream_urls.expiry(task.request.id, task.client_token):
        return _connected(report, expires_at)
    queued_at = report.queued_at or clock()
    try:
        url = in_turn(task, "connect", lambda: provider.connect(fields, report.stream_id), queued_at, pacer=pacer)
    except NotYet as not_yet:
        left = int((ready_at + timedelta(seconds=seconds) - clock()).total_seconds()) + 1
        wait = seconds_away(task, not_yet, clock() - ready_at, left)
        turns = task.progress.turns + 1
        return replace(report, wait=wait, ticket=not_yet.ticket, queued_at=queued_at, turns=turns)
    except EndpointUnreachable as silence:
        return silent(report, report.unanswered_since or clock(), silence, clock())
    return keep(task, report, url, stream_urls=stream_urls, seen=seen)


def connect_at_once(
    task: Task,
    report: ProgressReport,
    url: StreamUrl | None,
    seen: Seen,
    *,
    providers: Providers,
    stream_urls: StreamUrls,
    pacer: Pacer,
    clock: Clock,
) -> ProgressReport:
    """Connect to a stream that was just seen ready, with its `url` if the answer had it; what was seen is kept with it.

    What fails now is left to the next call, which looks no more. With the error, the flow would forget that the stream
    is ready and that the deadline does not count any more.
    """
    first = replace(task, progress=report)
    try:
        if url:
            return keep(task, report, url, stream_urls=stream_urls, seen=seen)
        return connect(first, report, providers=providers, stream_urls=stream_urls, pacer=pacer, clock=clock, seen=seen)
    except ServiceRefused:
        raise
    except (ProviderError, RecordUnavailable):
        return report


def keep(
    task: Task, report: ProgressReport, url: StreamUrl, *, stream_urls: StreamUrls, seen: Seen | None = None
) -> ProgressReport:
    """Lock the URL away. RequestEnded if nobody waits for it any more."""
    if not stream_urls.put(task.request.id, url, task.client_token, renewal=task.request.renewal, seen=seen):
        raise RequestEnded(f"Request {task.request.id} has ended meanwhile, and its URL is not kept")
    return _connected(report, url.expires_at)


def _connected(report: ProgressReport, expires_at: datetime) -> ProgressReport:
    return replace(report, wait=0, ticket="", queued_at=None, unanswered_since=None, expires_at=expires_at)

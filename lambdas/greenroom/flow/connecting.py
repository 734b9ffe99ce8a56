"""Getting the URL of a stream that is ready, and keeping it where only it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from greenroom.domain.errors import ProviderError, ServiceRefused, UrlExpired
from greenroom.domain.values import Clock, StreamUrl
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.flow.turns import in_turn, seconds_away
from greenroom.providers.port import Providers
from greenroom.record.store import StreamUrls


def connect(
    task: Task, report: ProgressReport, *, providers: Providers, stream_urls: StreamUrls, pacer: Pacer, clock: Clock
) -> ProgressReport:
    """Only the time of expiry goes back into the flow.

    The deadline does not count here, since the stream is ready: it is tried for as long as the provider's fields say.
    """
    fields, seconds = task.request.fields, task.request.connect_seconds
    ready_at, provider = report.ready_at or clock(), providers[task.request.fields.provider]
    if clock() >= ready_at + timedelta(seconds=seconds):
        raise UrlExpired(f"The stream was ready, and its {seconds} s were over before it gave its URL")
    queued_at = report.queued_at or clock()
    try:
        url = in_turn(task, "connect", lambda: provider.connect(fields, report.stream_id), queued_at, pacer=pacer)
    except NotYet as not_yet:
        left = int((ready_at + timedelta(seconds=seconds) - clock()).total_seconds()) + 1
        wait = seconds_away(task, not_yet, clock() - ready_at, left)
        turns = task.progress.turns + 1
        return replace(report, wait=wait, ticket=not_yet.ticket, queued_at=queued_at, turns=turns)
    return keep(task, report, url, stream_urls=stream_urls)


def connect_at_once(
    task: Task, report: ProgressReport, *, providers: Providers, stream_urls: StreamUrls, pacer: Pacer, clock: Clock
) -> ProgressReport:
    """Connect to a stream that was just seen ready. What fails now is left to the next call, which looks no more.

    With the error, the flow would forget that the stream is ready and that the deadline does not count any more.
    """
    first = replace(task, progress=replace(report, ticket=""))
    try:
        return connect(first, report, providers=providers, stream_urls=stream_urls, pacer=pacer, clock=clock)
    except ServiceRefused:
        raise
    except ProviderError:
        return report


def keep(task: Task, report: ProgressReport, url: StreamUrl, *, stream_urls: StreamUrls) -> ProgressReport:
    stream_urls.put(task.request.id, url)
    return replace(report, wait=0, ticket="", queued_at=None, expires_at=url.expires_at)

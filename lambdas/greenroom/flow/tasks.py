"""The work of the tasks after a request is accepted, one method a state. Their order is in the ASL.

Each call of the service is made at its turn. A task that has to wait says for how long, and Step Functions waits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from greenroom.domain.errors import (
    CapacityUnavailable,
    DeadlineExceeded,
    EndpointUnreachable,
    ProviderError,
    RecordRefused,
    RecordUnavailable,
    RequestEnded,
    ServiceRefused,
    UrlExpired,
)
from greenroom.domain.values import Clock, Failure, Progress, RequestState, Status, StreamUrl, Wait, Waiting, to_iso
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.payloads import FailureOutcome, FailureResult, ProgressReport, Task, Work
from greenroom.flow.release import Holders
from greenroom.flow.schedule import LONG_PARTS, Schedule
from greenroom.providers.port import Providers, StreamProvider
from greenroom.record.store import Records, Seen, StreamUrls

T = TypeVar("T")
# So often a service may forget what it was asked for, as one does that is restarted. Then somebody undoes it.
MOST_TIMES_FORGOTTEN = 3
# So many seconds of a wait go by at most without a note of it in the record.
NOTED_EVERY = 60
# More than any queue takes that moves.
MANY_TURNS = 50
# The longest pause before a service is called again that does not answer. With full jitter it is half of that on
# average, so that a day of it fits into the history of an execution.
LONGEST_SILENCE_SECONDS = 120


class _Unsettled(Exception):
    """Another attempt to create may still be under way, or nobody knows how it ended; or the request has ended."""


@dataclass(frozen=True)
class Flow:
    """The tasks, with what they work with. Each may raise what the ASL retries, and RequestEnded."""

    providers: Providers
    records: Records
    stream_urls: StreamUrls
    holders: Holders
    pacer: Pacer
    clock: Clock

    def prepare_session(self, task: Task) -> ProgressReport:
        """Start what the stream runs on if it is stopped; if that is ready, ask for the stream in the same call.

        For an execution of 0.1.0, which asks for the stream by a state of its own, report only how far it is.
        """
        work, token = task.request, task.client_token
        provider = self._provider_in_time(work)

        def starting() -> None:
            """Note the intention before the start, so that what is started is let go, whatever becomes of this task."""
            if not self.records.note_start(work.id, token, renewal=work.renewal):
                raise _ended(work)
            if work.shared:
                self.holders.take(work.fields.provider, work.shared, token)

        try:
            progress = self._progress(
                task, "prepare", lambda: provider.prepare(work.fields, token, starting), task.arrived_at
            )
        except NotYet as not_yet:
            return postponed(task, not_yet, task.arrived_at, self.clock())
        except EndpointUnreachable as silence:
            return self._unanswered(task, silence)
        report, wait = _seen(task, Waiting.SESSION, progress, task.progress, self.clock())
        if wait:
            self._note(work, _to_note(progress, {Waiting.SESSION: wait}, looks=1))
        if report.status is not Status.READY:
            return report
        report = report.replace(ready_at=None, prepared=True)
        return self.create_stream(task.replace(progress=report)) if task.create else report

    def create_stream(self, task: Task) -> ProgressReport:
        """Ask for a stream. While the service has no room, what the stream runs on is still waited for."""
        work, before = task.request, task.progress
        provider, creating = self._provider_in_time(work), before.creating

        def create() -> Progress:
            nonlocal creating
            if not provider.settles_in:
                self._ensure_at_work(work)
                return provider.create(work.fields, task.client_token)
            attempt = uuid4().hex
            if not self.records.begin_create(work.id, attempt, creating or "", renewal=work.renewal):
                raise _Unsettled
            creating = attempt
            return provider.create(work.fields, task.client_token)

        try:
            progress = self._progress(task, "create", create, task.arrived_at)
        except NotYet as not_yet:
            return postponed(task, not_yet, task.arrived_at, self.clock()).replace(creating=creating)
        except EndpointUnreachable as silence:
            report = self._unanswered(task, silence)
            return report.replace(wait=max(report.wait, provider.settles_in), creating=creating)
        except _Unsettled:
            return self._unsettled(task, provider.settles_in)
        now = self.clock()
        if progress.status is Status.PENDING and not progress.stream_id:
            report, wait = _seen(task, Waiting.SESSION, progress, before, now)
            self._note(work, _to_note(progress, {Waiting.SESSION: wait}, looks=1))
            return report.replace(creating=creating)
        report, wait = _seen(task, Waiting.STREAM, progress, before.replace(since=None, waited=0), now)
        waits = {Waiting.STREAM: wait}
        if before.since and before.status is Status.PENDING:  # it has waited for room, and now there is some
            waits[Waiting.SESSION] = _over(before.since, before.waited, now)
        try:
            self._note(work, _to_note(progress, waits))
        except RequestEnded:
            # The release that came with the end may have been too early for what was being made.
            self.records.note_late(work.id, progress.stream_id, self.clock(), renewal=work.renewal)
            raise
        # For how long the URL of a ready stream is asked for, GetStream counts, by one clock.
        return report.replace(ready_at=None)

    def get_stream(self, task: Task) -> ProgressReport:
        """Look at the stream; once it is ready, get its URL and lock it away."""
        work, before = task.request, task.progress
        if before.status is Status.READY:
            return self._connect(task, before)
        provider = self._provider_in_time(work)
        queued_at, began = before.queued_at or self.clock(), before.since or self.clock()

        def look() -> Progress:
            return provider.describe(work.fields, before.stream_id, self.clock() - began)

        try:
            progress = self._progress(task, "look", look, queued_at)
        except NotYet as not_yet:
            return postponed(task, not_yet, queued_at, self.clock())
        except EndpointUnreachable as silence:
            return self._unanswered(task, silence)
        if progress.forgotten and before.forgotten < MOST_TIMES_FORGOTTEN:
            self._note(work, _to_note(progress, {}, looks=before.unnoted + 1))
            return _again(progress, before)
        progress_of = replace(progress, stream_id=before.stream_id)
        report, wait = _seen(task, Waiting.STREAM, progress_of, before, self.clock())
        seen = _to_note(progress, {Waiting.STREAM: wait}, looks=before.unnoted + 1)
        if progress.status is not Status.READY:
            return self._noted(task, report, seen)
        report = self._connect_at_once(task, report, progress.url, seen)
        if not report.expires_at:
            # A ready stream is not thrown away because a note could not be written.
            with suppress(RecordUnavailable):
                self._note(work, seen)
        return report

    def record_failure(self, outcome: FailureOutcome) -> FailureResult:
        """End a request that gets no stream, unless it has ended."""
        if outcome.renewal:
            ended = self.records.end_renewal(outcome.id, self.clock())
        else:
            timed_out = outcome.error == DeadlineExceeded.__name__
            state = RequestState.TIMED_OUT if timed_out else RequestState.FAILED
            ended = self.records.settle(outcome.id, state, self.clock(), explain(outcome))
        return FailureResult(recorded=ended, error=outcome.error, cause=outcome.message)

    def _connect_at_once(self, task: Task, report: ProgressReport, url: StreamUrl | None, seen: Seen) -> ProgressReport:
        """Connect to a stream that was just seen ready, with its `url` if the answer had it; `seen` is kept with it.

        What fails now is left to the next call, which looks no more. With the error, the flow would forget that the
        stream is ready and that the deadline does not count any more.
        """
        try:
            if url:
                return self._lock_away(task, report, url, seen)
            return self._connect(task.replace(progress=report), report, seen)
        except ServiceRefused:
            raise
        except (ProviderError, RecordUnavailable):
            return report

    def _connect(self, task: Task, report: ProgressReport, seen: Seen | None = None) -> ProgressReport:
        """Only the time of expiry goes back into the flow. RequestEnded if nobody waits for the URL any more.

        The deadline does not count here, since the stream is ready: it is tried for as long as the provider's fields
        say. An attempt that locked a URL away and could not say so is not made again.
        """
        work, ready_at = task.request, report.ready_at or self.clock()
        provider, until = self.providers[work.fields.provider], ready_at + timedelta(seconds=work.connect_seconds)
        report = report.replace(ready_at=ready_at)
        if self.clock() >= until:
            raise UrlExpired(f"The stream was ready, and its {work.connect_seconds} s were over before it gave its URL")
        if expires_at := self.stream_urls.expiry(work.id, task.client_token):
            return _connected(report, expires_at)
        queued_at = report.queued_at or self.clock()
        try:
            url = self._in_turn(task, "connect", lambda: provider.connect(work.fields, report.stream_id), queued_at)
        except NotYet as not_yet:
            left = int((until - self.clock()).total_seconds()) + 1
            wait = seconds_away(task, not_yet, self.clock() - ready_at, left)
            turns = task.progress.turns + 1
            return report.replace(wait=wait, ticket=not_yet.ticket, queued_at=queued_at, turns=turns)
        except EndpointUnreachable as silence:
            return silent(report, report.unanswered_since or self.clock(), silence, self.clock())
        return self._lock_away(task, report, url, seen)

    def _lock_away(self, task: Task, report: ProgressReport, url: StreamUrl, seen: Seen | None) -> ProgressReport:
        """RequestEnded if nobody waits for the URL any more."""
        work = task.request
        if not self.stream_urls.put(work.id, url, task.client_token, renewal=work.renewal, seen=seen):
            raise RequestEnded(f"Request {work.id} has ended meanwhile, and its URL is not kept")
        return _connected(report, url.expires_at)

    def _in_turn(self, task: Task, operation: str, call: Callable[[], T], arrived_at: datetime) -> T:
        """Call the service, or raise NotYet. A task that has waited for this operation before has a ticket."""
        name = f"{task.request.fields.provider}/{operation}"
        return self.pacer.ask(name, call, lane=task.request.lane, arrived_at=arrived_at, ticket=task.progress.ticket)

    def _progress(self, task: Task, operation: str, call: Callable[[], Progress], arrived_at: datetime) -> Progress:
        """That the service has no room is progress too: the flow waits for it, where everybody can see it."""
        try:
            return self._in_turn(task, operation, call, arrived_at)
        except CapacityUnavailable as full:
            return Progress(Status.PENDING, state=full.name, detail=full.message)

    def _unanswered(self, task: Task, silence: EndpointUnreachable) -> ProgressReport:
        """Come again, until the deadline: an outage of the service passes, and everybody can see that it is one."""
        now = self.clock()
        report = silent(_pending(task), task.progress.unanswered_since or now, silence, now)
        progress = Progress(Status.PENDING, state=report.state, detail=report.detail)
        self._note(task.request, _to_note(progress, {}))
        return report.replace(wait=min(report.wait, _left(task, now)))

    def _unsettled(self, task: Task, settles_in: int) -> ProgressReport:
        """Wait until what another attempt may have made can be seen; RequestEnded if nobody waits any more.

        That attempt may still be under way, or nobody knows how it ended. The state machine does the waiting, so that
        no two clocks are compared.
        """
        creating = self.records.creating(task.request.id, renewal=task.request.renewal)
        if creating is None:
            raise _ended(task.request)
        return _pending(task).replace(wait=settles_in, ticket="", queued_at=None, creating=creating)

    def _noted(self, task: Task, report: ProgressReport, seen: Seen) -> ProgressReport:
        """Keep what a look has shown, or count the look for the next note if it has shown nothing new."""
        if _is_no_news(report, task.progress):
            # A rollback brings back the role of the release before, which may note and not read, before its code.
            with suppress(RecordRefused):
                self._ensure_at_work(task.request)
                return report.replace(noted=task.progress.noted, unnoted=seen.looks)
        self._note(task.request, seen)
        return report.replace(noted=report.waited)

    def _note(self, work: Work, seen: Seen) -> None:
        """Keep it in the record. RequestEnded if nobody waits any more."""
        if not self.records.note_progress(work.id, seen.progress, seen.waits, seen.looks, renewal=work.renewal):
            raise _ended(work)

    def _ensure_at_work(self, work: Work) -> None:
        """Raise RequestEnded if nobody waits any more. Reading that costs a fraction of writing something."""
        if not self.records.is_at_work(work.id, renewal=work.renewal):
            raise _ended(work)

    def _provider_in_time(self, work: Work) -> StreamProvider[Any]:
        provider = self.providers[work.fields.provider]
        if self.clock() >= work.deadline_at:
            raise DeadlineExceeded(
                f"The stream was not ready by the deadline, {to_iso(work.deadline_at)}; asked at {provider.endpoint}"
            )
        return provider


def explain(outcome: FailureOutcome) -> Failure:
    """Return the error that a state caught, or that the service answered, as a sentence for people."""
    progress, message = outcome.progress, outcome.message
    if progress.detail:
        message += f": {progress.detail}"
    if progress.state:
        code = f", {progress.status_code}" if progress.status_code else ""
        message += f" (the service's last word: {progress.state}{code})"
    return Failure(error=outcome.error, message=message, state=progress.state, status_code=progress.status_code)


def postponed(task: Task, not_yet: NotYet, arrived_at: datetime, now: datetime) -> ProgressReport:
    """Return the report of a task that comes again at its turn, or at the deadline if that is sooner."""
    wait = seconds_away(task, not_yet, now - task.arrived_at, _left(task, now))
    turns = task.progress.turns + 1
    return _pending(task).replace(wait=wait, ticket=not_yet.ticket, queued_at=arrived_at, turns=turns)


def seconds_away(task: Task, not_yet: NotYet, waited: timedelta, left: int) -> int:
    """As the pace says, but not past the end; after many turns no sooner than in a part of the time waited.

    The history of an execution has room for so many events, whatever the service does.
    """
    seconds = not_yet.seconds
    if task.progress.turns >= MANY_TURNS:
        seconds = max(seconds, math.ceil(waited.total_seconds() / LONG_PARTS))
    return max(1, min(seconds, left))


def silent(report: ProgressReport, since: datetime, silence: EndpointUnreachable, now: datetime) -> ProgressReport:
    """The report of a service that has not answered since a moment; its place in the queue is used up.

    The pauses grow as the silence does, with full jitter.
    """
    longest = min(LONGEST_SILENCE_SECONDS, max(2, math.ceil((now - since).total_seconds())))
    return report.replace(
        state=EndpointUnreachable.__name__,
        status_code=None,
        detail=f"The service does not answer since {to_iso(since)}: {silence}",
        wait=random.randint(1, longest),  # noqa: S311  # spreads load; guards nothing
        ticket="",
        queued_at=None,
        unanswered_since=since,
    )


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
        schedule = Schedule(tuple(task.request.looks[waiting]), median=0, latest=0)
        # Not past the deadline, where the task gives up.
        pause = min(schedule.pause(waited), _left(task, now))
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


def _again(progress: Progress, before: ProgressReport) -> ProgressReport:
    """Have the stream created once more under the same client token; the wait for it begins anew."""
    nothing = replace(progress, status=Status.PENDING, stream_id=None)
    forgotten = before.forgotten + 1
    return ProgressReport.of(nothing, wait=1, turns=before.turns, forgotten=forgotten, prepared=before.prepared)


def _connected(report: ProgressReport, expires_at: datetime) -> ProgressReport:
    return report.replace(wait=0, ticket="", queued_at=None, unanswered_since=None, expires_at=expires_at)


def _is_no_news(report: ProgressReport, before: ProgressReport) -> bool:
    """Whether the record has all of it but the time of the look, and says of that nothing very old."""
    words = (report.status, report.state, report.status_code, report.detail)
    return (
        report.status is Status.PENDING
        and words == (before.status, before.state, before.status_code, before.detail)
        and report.waited - before.noted < NOTED_EVERY
    )


def _to_note(progress: Progress, waits: Mapping[Waiting, Wait | None], looks: int = 0) -> Seen:
    """Before there is a stream, it is what the service says of what the stream runs on."""
    words = {"state": progress.state, "statusCode": progress.status_code, "statusMessage": progress.detail}
    said = {name: word for name, word in words.items() if word is not None} | dict(progress.stream)
    return Seen(replace(progress, stream=said), {waiting: wait for waiting, wait in waits.items() if wait}, looks)


def _pending(task: Task) -> ProgressReport:
    """The report before this one; one that says READY was of the session, and of the stream nothing is known."""
    before = task.progress
    return ProgressReport(Status.PENDING, prepared=before.prepared) if before.status is Status.READY else before


def _left(task: Task, now: datetime) -> int:
    """Whole seconds until the deadline has passed, at least 1."""
    return max(1, int((task.request.deadline_at - now).total_seconds()) + 1)


def _ended(work: Work) -> RequestEnded:
    what = "renewal of request" if work.renewal else "request"
    return RequestEnded(f"The {what} {work.id} has ended meanwhile: nothing more is asked of the service for it")

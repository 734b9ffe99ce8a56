"""The ports of the records, and of the URLs, which are stored apart from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from greenroom.domain.values import Failure, Progress, RequestState, StreamUrl, Wait, Waiting
from greenroom.record.model import Record

Cursor = tuple[str, str]


@dataclass(frozen=True)
class Seen:
    """What polls have shown: the service's latest answer, the waits, and the number of further polls."""

    progress: Progress
    waits: Mapping[Waiting, Wait]
    looks: int = 0


class Records(Protocol):
    """The record of every request. Any call may raise RecordUnavailable or RecordRefused."""

    def add(self, record: Record) -> Record:
        """Add a new record, or return the existing one with its id."""
        ...

    def get(self, request_id: str) -> Record | None:
        """Return the record as last written (a strongly consistent read)."""
        ...

    def of_owner(
        self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        """Return the owner's requests, newest first, from `limit` read at most, and a cursor if there may be more.

        Withdrawn requests are not among them.
        """
        ...

    def pending_of(self, owner: str, since: datetime, most: int) -> list[Record]:
        """Return at most `most` of the owner's pending requests since then that belong to no batch, newest first."""
        ...

    def overdue(self, by: datetime) -> Iterator[str]:
        """Yield the ids of pending requests that no flow has been able to work on since before `by`."""
        ...

    def unannounced(self, by: datetime) -> Iterator[str]:
        """Yield the ids of ended requests whose outcome has waited to be announced since before `by`."""
        ...

    def releasing(self, by: datetime) -> Iterator[str]:
        """Yield the ids of ended requests that have had something to stop or release since before `by`."""
        ...

    def renewing(self, by: datetime) -> Iterator[str]:
        """Yield the ids of requests whose renewal no flow has been able to work on since before `by`."""
        ...

    def note_start(self, request_id: str, client_token: str, *, renewal: bool) -> bool:
        """Note, before anything is started, that there may be something to release from now on.

        Return False and write nothing if the request, or its renewal, has ended: then nothing may be started.
        """
        ...

    def begin_create(self, request_id: str, attempt: str, after: str, *, renewal: bool) -> bool:
        """Note which attempt is about to create. Return False if the request, or its renewal, has ended.

        `after` is the previous, unclear attempt, or empty. Return False, too, if another attempt is noted.
        """
        ...

    def is_at_work(self, request_id: str, *, renewal: bool) -> bool:
        """Return whether the request, or its renewal, has not ended. Nothing else is read."""
        ...

    def creating(self, request_id: str, *, renewal: bool) -> str | None:
        """Return the attempt that was the last to create; None if the request, or its renewal, has ended."""
        ...

    def note_progress(
        self,
        request_id: str,
        progress: Progress,
        waits: Mapping[Waiting, Wait],
        looks: int = 0,
        *,
        renewal: bool,
    ) -> bool:
        """Write the service's latest answer and the waits, and add to the number of polls.

        Of a renewal, write only the stream's id, apart from that of the stream before. Return False and write nothing
        if the request, or its renewal, has ended.
        """
        ...

    def note_late(self, request_id: str, stream_id: str | None, at: datetime, *, renewal: bool) -> None:
        """Note that something was created for a request that had ended meanwhile, so that it is released once more."""
        ...

    def settle(
        self,
        request_id: str,
        outcome: RequestState,
        at: datetime,
        failure: Failure,
        *,
        to_stop: bool = False,
    ) -> bool:
        """End the request without a stream, if it has not ended. Return True to the one caller that ended it.

        `to_stop`: its execution may still run, and must be stopped. The state machine itself ends a request as ready,
        by the same condition.
        """
        ...

    def mark_stopped(self, request_id: str) -> None:
        """Note that the execution of an ended request no longer runs."""
        ...

    def withdraw(self, request_id: str) -> None:
        """Withdraw a request that has not ended: no list shows it, and its end is not announced.

        Do nothing if it has ended, or has no record.
        """
        ...

    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        """Note which targets have taken the outcome of this version of the record; for the others it was queued.

        `withdrawn` are the offers that were refused.
        """
        ...

    def still_to_announce(self, record: Record) -> bool:
        """Return whether this version of the record is not announced yet, and the table takes writes now."""
        ...

    def note_offers(self, record: Record, offers: Iterable[str]) -> bool:
        """Note that targets may now hear that the stream is ready.

        Return False and write nothing if this version is announced already, or the URL is marked as expired.
        """
        ...

    def mark_expired(self, request_id: str) -> Record | None:
        """Note that targets may now hear that the URL has expired: no offer can be noted after that.

        Return the record with all earlier offers, if there is one.
        """
        ...

    def begin_attempt(self, request_id: str, target_key: str, offers: Iterable[str]) -> int | None:
        """Count one more attempt at a target and note its offers. Return its number.

        Return None and write nothing if there is no record, or there are offers and it is marked as expired.
        """
        ...

    def withdraw_offers(self, request_id: str, offers: Iterable[str]) -> None:
        """Note that these offers reached nobody."""
        ...

    def forget_attempts(self, request_id: str, target_key: str) -> None:
        """Start counting again: the delivery is among the dead letters now, and a person may put it back."""
        ...

    def revoke_links(self, request_id: str) -> None:
        """Revoke all links to the waiting room that were made before."""
        ...

    def own_fallback(self, request_id: str, target_key: str) -> bool:
        """Return whether this target is the one that notifies the topic for all that are gone, at each attempt."""
        ...

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        """Note that a target has taken the outcome, so that it gets it once."""
        ...

    def begin_renewal(self, request_id: str, due_at: datetime) -> None:
        """Note that a fresh stream is asked for, and when no flow can be working on it any more.

        Do nothing if one was asked for before.
        """
        ...

    def end_renewal(self, request_id: str, at: datetime) -> bool:
        """Note that the fresh stream asked for did not come. Return True to the one caller that did."""
        ...

    def ask_for_release(self, record: Record, at: datetime) -> None:
        """Ask to release once more what was started for this version of an ended request."""
        ...

    def mark_released(self, request_id: str) -> None:
        """Note that nothing is left to stop or release."""
        ...

    def note_release_failure(self, request_id: str, failure: Failure) -> bool:
        """Note why what was started for a request could not be released. Return True the first time."""
        ...


class StreamUrls(Protocol):
    """The URLs of streams: encrypted, apart from the records, and gone when they expire."""

    def put(
        self, request_id: str, url: StreamUrl, client_token: str, *, renewal: bool, seen: Seen | None = None
    ) -> bool:
        """Store a URL. Return False and store nothing if the request, or its renewal, has ended.

        So a URL that was taken does not come back. `seen` is written into the record at the same time, as by
        `note_progress`.
        """
        ...

    def expiry(self, request_id: str, client_token: str) -> datetime | None:
        """Return when the URL of this client token expires, if there is one."""
        ...

    def take(self, request_id: str) -> StreamUrl | None:
        """Read and remove the URL in one step: only one caller gets it."""
        ...

    def open(self, request_id: str) -> StreamUrl | None:
        """Read the URL and note that it was opened, in one step: only one caller gets it. It stays for its owner."""
        ...

    def get(self, request_id: str) -> StreamUrl | None: ...

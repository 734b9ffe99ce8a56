"""The ports of what is kept: the records, and the URLs, apart from them."""

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
    """What looks have shown: the service's latest answer, the waits, and how many looks there were more."""

    progress: Progress
    waits: Mapping[Waiting, Wait]
    looks: int = 0


class Records(Protocol):
    """The record of every request. Any call may raise RecordUnavailable or RecordRefused."""

    def add(self, record: Record) -> Record:
        """Keep a new record, or give back the one that is there already."""
        ...

    def get(self, request_id: str) -> Record | None:
        """The record as last written (a strongly consistent read)."""
        ...

    def of_owner(
        self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        """The owner's requests, newest first, at most `limit` looked at; with a cursor when there may be more.

        One that was withdrawn is not among them.
        """
        ...

    def pending_of(self, owner: str, since: datetime, most: int) -> list[Record]:
        """The owner's pending requests that belong to no batch and are no older, newest first, and `most` at most."""
        ...

    def overdue(self, by: datetime) -> Iterator[str]:
        """The ids of pending requests on which, since before `by`, no flow can be at work any more."""
        ...

    def unannounced(self, by: datetime) -> Iterator[str]:
        """The ids of ended requests whose outcome has been waiting to be announced since before `by`."""
        ...

    def releasing(self, by: datetime) -> Iterator[str]:
        """The ids of ended requests that have had something to stop or to release since before `by`."""
        ...

    def renewing(self, by: datetime) -> Iterator[str]:
        """The ids of requests on whose renewal, since before `by`, no flow can be at work any more."""
        ...

    def note_start(self, request_id: str, client_token: str, *, renewal: bool) -> bool:
        """Keep, before anything is started, that there may be something to release from now on.

        False, and nothing kept, if the request has ended, or its renewal, where that is at work: then nothing may be
        started.
        """
        ...

    def begin_create(self, request_id: str, attempt: str, after: str, *, renewal: bool) -> bool:
        """Keep which attempt is about to create. False if the request, or its renewal, has ended.

        `after`: the attempt that was unclear before, or nothing; False, too, if another one than that is kept.
        """
        ...

    def is_at_work(self, request_id: str, *, renewal: bool) -> bool:
        """Whether the request, or its renewal, has not ended. No more of it is read."""
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
        """Keep the service's latest answer, the waits, and that it was looked at so many times more.

        Of a renewal, only the id of the stream is kept, apart from that of the stream before. False, and nothing kept,
        if the request, or its renewal, has ended.
        """
        ...

    def note_late(self, request_id: str, stream_id: str | None, at: datetime, *, renewal: bool) -> None:
        """Keep that something was created for a request that had ended meanwhile, so that it is released once more."""
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
        """End the request without a stream, if it has not ended. True for the one caller that ended it.

        `to_stop`: its execution may still run, and is to be stopped. The state machine itself ends a request as ready,
        by the same condition.
        """
        ...

    def mark_stopped(self, request_id: str) -> None:
        """Keep that the execution of an ended request runs no more."""
        ...

    def withdraw(self, request_id: str) -> None:
        """Take back a request that has not ended: it is in no list, and its end is announced to nobody.

        Without effect when it has ended, or was never kept.
        """
        ...

    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        """Keep which targets have taken the outcome of this version of the record; for all the others it was queued.

        `withdrawn`: the offers that were refused.
        """
        ...

    def still_to_announce(self, record: Record) -> bool:
        """True if this version of the record is not announced yet, and what follows from that could be kept now."""
        ...

    def note_offers(self, record: Record, offers: Iterable[str]) -> bool:
        """Keep that targets may be told now that the stream is ready.

        False, and nothing kept, if this version is announced already, or the URL is marked as expired.
        """
        ...

    def mark_expired(self, request_id: str) -> Record | None:
        """Keep that targets may be told now that the URL has expired: no offer can be kept any more.

        Returns the record with all offers that were kept before, if there is one.
        """
        ...

    def begin_attempt(self, request_id: str, target_key: str, offers: Iterable[str]) -> int | None:
        """Count one more attempt at a target and keep its offers. Returns its number.

        None, and nothing kept, if there is no record, or it is marked as expired and there are offers.
        """
        ...

    def withdraw_offers(self, request_id: str, offers: Iterable[str]) -> None:
        """Keep that these offers reached nobody."""
        ...

    def forget_attempts(self, request_id: str, target_key: str) -> None:
        """Start counting again: the delivery is among the dead letters now, and a person may put it back."""
        ...

    def revoke_links(self, request_id: str) -> None:
        """Keep that no link to the waiting room that was made before opens it any more."""
        ...

    def own_fallback(self, request_id: str, target_key: str) -> bool:
        """True for the one target, at each of its attempts, that tells the topic in place of all that are gone."""
        ...

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        """Keep that a target has taken the outcome, so that it gets it once."""
        ...

    def begin_renewal(self, request_id: str, due_at: datetime) -> None:
        """Keep that a fresh stream is asked for, and when no flow can be at work on it any more.

        Without effect when one was asked for before.
        """
        ...

    def end_renewal(self, request_id: str, at: datetime) -> bool:
        """Keep that there is no fresh stream, where one was asked for. True for the one that did."""
        ...

    def ask_for_release(self, record: Record, at: datetime) -> None:
        """Have what was started for this version of an ended request released once more."""
        ...

    def mark_released(self, request_id: str) -> None:
        """Keep that nothing is left to stop or to release."""
        ...

    def note_release_failure(self, request_id: str, failure: Failure) -> bool:
        """Keep why what was started for a request could not be let go. True the first time."""
        ...


class StreamUrls(Protocol):
    """The URLs of streams: encrypted, apart from the records, and gone when they expire."""

    def put(
        self, request_id: str, url: StreamUrl, client_token: str, *, renewal: bool, seen: Seen | None = None
    ) -> bool:
        """Lock a URL away. False, and nothing kept, if the request has ended, or its renewal, where that is at work.

        So a URL that was taken does not come back. `seen` is kept in the record at the same time, as `note_progress`
        does it.
        """
        ...

    def expiry(self, request_id: str, client_token: str) -> datetime | None:
        """When the URL ends that was locked away under this client token, if there is one."""
        ...

    def take(self, request_id: str) -> StreamUrl | None:
        """Read and remove in one step: of several callers, one gets it."""
        ...

    def open(self, request_id: str) -> StreamUrl | None:
        """Read and keep that it was opened, in one step: of several callers, one gets it. It stays for its owner."""
        ...

    def get(self, request_id: str) -> StreamUrl | None: ...

"""The ports of what is kept: the records, and the URLs, apart from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from greenroom.domain.values import Failure, Progress, RequestState, StreamUrl, Wait, Waiting
from greenroom.record.model import Record

Cursor = tuple[str, str]


class Records(Protocol):
    """The record of every request. Any call may raise RecordUnavailable."""

    def add(self, record: Record) -> Record:
        """Keep a new record, or give back the one that is there already."""
        ...

    def get(self, request_id: str) -> Record | None:
        """The record as last written (a strongly consistent read)."""
        ...

    def of_owner(
        self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        """The owner's requests, newest first, at most `limit` looked at; with a cursor when there may be more."""
        ...

    def overdue(self, by: datetime) -> Iterator[str]:
        """The ids of pending requests on which, since before `by`, no flow can be at work any more."""
        ...

    def unannounced(self, by: datetime) -> Iterator[str]:
        """The ids of ended requests whose outcome has been waiting to be announced since before `by`."""
        ...

    def note_progress(
        self, request_id: str, progress: Progress, client_token: str, waits: Mapping[Waiting, Wait], looks: int = 0
    ) -> None:
        """Keep the service's latest answer, the waits, and that it was looked at so many times more.

        All of that while the request is pending; a start of something, always.
        """
        ...

    def settle(
        self,
        request_id: str,
        outcome: RequestState,
        at: datetime,
        failure: Failure,
    ) -> bool:
        """End the request without a stream, if it has not ended. True for the one caller that ended it.

        The state machine itself ends a request as ready, by the same condition.
        """
        ...

    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        """Keep which targets have taken the outcome of this version of the record; for all the others it was queued.

        `withdrawn`: the offers that were refused.
        """
        ...

    def note_offers(self, record: Record, offers: Iterable[str]) -> bool:
        """Keep that targets may be told now that the stream is ready. False if this version is announced already."""
        ...

    def begin_attempt(self, request_id: str, target_key: str, offers: Iterable[str]) -> Record | None:
        """Count one more attempt at a target and keep its offers. Returns the record with both, if there is one."""
        ...

    def withdraw_offers(self, request_id: str, offers: Iterable[str]) -> None:
        """Keep that these offers reached nobody."""
        ...

    def forget_attempts(self, request_id: str, target_key: str) -> None:
        """Start counting again: the delivery is among the dead letters now, and a person may put it back."""
        ...

    def own_fallback(self, request_id: str, target_key: str) -> bool:
        """True for the one target, at each of its attempts, that tells the topic in place of all that are gone."""
        ...

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        """Keep that a target has taken the outcome, so that it gets it once."""
        ...

    def begin_renewal(self, request_id: str) -> None:
        """Keep that a fresh stream is asked for. Without effect when one was asked for before."""
        ...

    def end_renewal(self, request_id: str, at: datetime) -> bool:
        """Keep that there is no fresh stream, where one was asked for. True for the one that did."""
        ...

    def note_release_failure(self, request_id: str, failure: Failure) -> None:
        """Keep why what was started for a request could not be let go."""
        ...


class StreamUrls(Protocol):
    """The URLs of streams: encrypted, apart from the records, and gone when they expire."""

    def put(self, request_id: str, url: StreamUrl) -> None: ...

    def take(self, request_id: str) -> StreamUrl | None:
        """Read and remove in one step: of several callers, one gets it."""
        ...

    def open(self, request_id: str) -> StreamUrl | None:
        """Read and keep that it was opened, in one step: of several callers, one gets it. It stays for its owner."""
        ...

    def get(self, request_id: str) -> StreamUrl | None: ...

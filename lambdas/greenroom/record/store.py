"""The ports of what is kept: the records, and the URLs, apart from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from greenroom.domain.values import Failure, Progress, RequestState, StreamUrl
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

    def note_progress(self, request_id: str, progress: Progress, client_token: str) -> None:
        """Keep the service's latest answer while the request is pending, and that it started something, always."""
        ...

    def settle(
        self,
        request_id: str,
        outcome: RequestState,
        at: datetime,
        failure: Failure | None = None,
        expires_at: datetime | None = None,
    ) -> bool:
        """End the request, if it has not ended. True for the one caller that ended it.

        A failure goes with every outcome but `ready`, the time at which the URL expires with that one.
        """
        ...

    def mark_announced(self, record: Record) -> None:
        """Keep that the outcome of this version of the record was queued for all its targets."""
        ...

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        """Keep that a target has taken the outcome, so that it gets it once."""
        ...

    def begin_renewal(self, request_id: str) -> None:
        """Keep that a fresh stream is asked for. Without effect when one was asked for before."""
        ...

    def end_renewal(
        self, request_id: str, at: datetime, stream_id: str | None = None, expires_at: datetime | None = None
    ) -> bool:
        """Keep the fresh stream and its expiry or, without them, that there is none. True for the one that did."""
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

    def get(self, request_id: str) -> StreamUrl | None: ...

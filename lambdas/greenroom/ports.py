"""The edges of Greenroom. Adapters implement these; the flow knows nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from greenroom.domain import Connection, Failure, Progress, RequestState, SessionRef
from greenroom.message import Delivery, Message
from greenroom.record import Record

Cursor = tuple[str, str]
Clock = Callable[[], datetime]


class StreamProvider(Protocol):
    """A service that makes streams.

    Every call may raise ThrottlingException, InternalServerErrorException, EndpointUnreachable or MalformedAnswer,
    which the flow retries. Any other error is final, and its class name becomes the announced error. A state that
    the adapter does not know is PENDING, never READY.
    """

    @property
    def endpoint(self) -> str:
        """Where the service is called, for messages to people."""
        ...

    def prepare(self, session: SessionRef, client_token: str) -> Progress:
        """Look at the session and start it if it is stopped. Safe to repeat."""
        ...

    def create(self, session: SessionRef, expiration_seconds: int, client_token: str) -> Progress:
        """Ask for a stream. The same client token never makes a second one."""
        ...

    def describe(self, session: SessionRef, stream_id: str) -> Progress:
        """Say how far the stream is."""
        ...

    def connect(self, session: SessionRef, stream_id: str, expiration_seconds: int) -> Connection:
        """Get the URL of a READY stream, which was asked to last so long. StreamNotReady if there is none yet."""
        ...

    def release(self, session: SessionRef, *, session_started: bool) -> None:
        """Let go what a request made and nobody will use."""
        ...


class Requests(Protocol):
    """The record of every request: what was asked, how far it is, how it ended."""

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
        """The ids of pending requests whose deadline was before `by`."""
        ...

    def note_progress(self, request_id: str, progress: Progress) -> None:
        """Keep the service's latest answer while the request is pending, and that it started a session, always."""
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

    def begin_renewal(self, request_id: str) -> None:
        """Keep that a fresh stream is asked for. Without effect when one was asked for before."""
        ...

    def end_renewal(self, request_id: str, stream_id: str | None, expires_at: datetime | None) -> bool:
        """Keep the fresh stream and its expiry or, without them, that there is none."""
        ...

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        """Keep that a target has taken the outcome, so that it gets it once."""
        ...


class Connections(Protocol):
    """The stream URLs, apart from all else, encrypted, and gone when they expire."""

    def put(self, request_id: str, connection: Connection) -> None: ...

    def take(self, request_id: str) -> Connection | None:
        """Read and remove in one step: of several callers, one gets it."""
        ...

    def get(self, request_id: str) -> Connection | None: ...


class Target(Protocol):
    """One way to hand a message over. Raises DeliveryFailed or DeliveryRefused."""

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None: ...


class Executions(Protocol):
    """The executions of the flow. A request's id is the name of its execution."""

    def start(self, request_id: str, request: Mapping[str, Any]) -> None:
        """Start the flow. A second start under the same id is no second execution."""
        ...

    def stop(self, request_id: str, error: str, cause: str) -> None:
        """Stop the flow. Without effect when it has ended."""
        ...


class Frames(Protocol):
    """Clients that are connected now. DeliveryRefused when one has gone."""

    def post(self, connection_id: str, frame: Mapping[str, Any]) -> None: ...


class Bus(Protocol):
    """The event bus, which tells everyone and takes no secret."""

    def put(self, detail_type: str, detail: Mapping[str, Any]) -> None: ...


class DeliveryQueue(Protocol):
    """Deliveries to make, and those that cannot be made."""

    def put(self, deliveries: Sequence[Delivery]) -> None: ...

    def bury(self, letter: Mapping[str, Any]) -> None:
        """Keep what could not be delivered, with the reason and all that a redrive needs."""
        ...

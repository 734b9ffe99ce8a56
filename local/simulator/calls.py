"""The calls that reached the simulator, in the order of their arrival. Not thread safe: the caller holds the lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

from local.simulator.settings import Fault


@dataclass(frozen=True)
class Call:
    """One call. `status`: the HTTP status of its answer, None as long as, or because, none was sent."""

    at: datetime
    operation: str
    session_id: str | None
    stream_id: str | None
    client_token: str | None
    status: int | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "at": at,
            "operation": self.operation,
            "sessionId": self.session_id,
            "streamId": self.stream_id,
            "clientToken": self.client_token,
            "status": self.status,
        }


class Calls:
    """Records calls, and tells which of them a fault is planned for."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}
        self._keys = count()
        self._numbers: Counter[tuple[str | None, str]] = Counter()
        self._faults: dict[str, Sequence[Fault]] = {}

    def plan(self, session_id: str, faults: Sequence[Fault]) -> None:
        """Replace the session's faults and count its calls from 1 again."""
        self._faults[session_id] = faults
        for key in [key for key in self._numbers if key[0] == session_id]:
            del self._numbers[key]

    def arrive(self, call: Call) -> tuple[int, str | None]:
        """Record the call. Returns the key to `answered`, and the error of the first fault planned for it, if any."""
        key = next(self._keys)
        self._calls[key] = call
        self._numbers[call.session_id, call.operation] += 1
        number = self._numbers[call.session_id, call.operation]
        planned = self._faults.get(call.session_id or "", ())
        hits = (fault.error for fault in planned if fault.operation == call.operation and fault.hits(number))
        return key, next(hits, None)

    def answered(self, key: int, status: int | None, stream_id: str | None) -> None:
        """Complete a record, unless it has been forgotten meanwhile."""
        if call := self._calls.get(key):
            self._calls[key] = replace(call, status=status, stream_id=stream_id or call.stream_id)

    def list(self, session_id: str | None = None) -> list[Call]:
        """All calls, or one session's."""
        return [call for call in self._calls.values() if session_id in {None, call.session_id}]

    def forget(self) -> None:
        self._calls.clear()
        self._numbers.clear()
        self._faults.clear()

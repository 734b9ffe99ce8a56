"""The calls that reached the simulator, in the order of their arrival. Not thread safe: the caller holds the lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

from local.simulator.core.service import Invocation
from local.simulator.core.settings import Fault


@dataclass(frozen=True)
class Call:
    """One call. `status`: the HTTP status of its answer, None as long as, or because, none was sent."""

    at: datetime
    operation: str
    key: str | None
    stream_id: str | None
    client_token: str | None
    status: int | None = None

    @classmethod
    def of(cls, invocation: Invocation, at: datetime) -> Call:
        return cls(at, invocation.operation, invocation.key, invocation.stream_id, invocation.client_token)

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the call as `GET /_simulator/calls` lists it: the key is `sessionId` there, whatever the service."""
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "at": at,
            "operation": self.operation,
            "sessionId": self.key,
            "streamId": self.stream_id,
            "clientToken": self.client_token,
            "status": self.status,
        }


class Calls:
    """Records calls, and tells which of them a fault is planned for."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}
        self._all = count()
        self._numbers: Counter[tuple[str | None, str]] = Counter()
        self._faults: dict[str, Sequence[Fault]] = {}

    def plan(self, key: str, faults: Sequence[Fault]) -> None:
        """Replace the faults of a key and count its calls from 1 again."""
        self._faults[key] = faults
        for counted in [counted for counted in self._numbers if counted[0] == key]:
            del self._numbers[counted]

    def arrive(self, call: Call) -> tuple[int, str | None]:
        """Record the call. Returns its number for `answered`, and the error of the first fault planned for it."""
        number = next(self._all)
        self._calls[number] = call
        self._numbers[call.key, call.operation] += 1
        count = self._numbers[call.key, call.operation]
        planned = self._faults.get(call.key or "", ())
        hits = (fault.error for fault in planned if fault.operation == call.operation and fault.hits(count))
        return number, next(hits, None)

    def answered(self, number: int, status: int | None, stream_id: str | None) -> None:
        """Complete a record, unless it has been forgotten meanwhile."""
        if call := self._calls.get(number):
            self._calls[number] = replace(call, status=status, stream_id=stream_id or call.stream_id)

    def list(self, key: str | None = None) -> list[Call]:
        """All calls, or those about one key."""
        return [call for call in self._calls.values() if key in {None, call.key}]

    def forget(self) -> None:
        self._calls.clear()
        self._numbers.clear()
        self._faults.clear()

"""The port of the flow's executions. A request's id is the name of its execution."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

# Every other status is that of an execution that runs, or may run again.
_ENDS = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True)
class Execution:
    """An execution, in the words of Step Functions. `input` is its JSON, as text."""

    status: str
    input: str
    error: str | None = None
    cause: str | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in _ENDS


class Executions(Protocol):
    def start(self, request_id: str, request: Mapping[str, Any]) -> bool:
        """Start the flow. A second start under the same id is no second execution. False if the first has ended.

        NameTaken: an execution with another input has the name. ThrottlingException: none now.
        """
        ...

    def find(self, request_id: str) -> Execution | None:
        """Return what Step Functions knows of an execution, which may be some seconds old; None if it knows none."""
        ...

    def stop(self, request_id: str, error: str, cause: str) -> None:
        """Stop the flow. Without effect when it has ended. StopFailed: not now."""
        ...


def renewal_name(request_id: str) -> str:
    """Return the name of the one execution that may renew a request.

    Ids may be as long as an execution's name may be, so there is no room for a suffix.
    """
    return "renewal-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]

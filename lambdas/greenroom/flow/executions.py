"""The port of the flow's executions. A request's id is the name of its execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Executions(Protocol):
    def start(self, request_id: str, request: Mapping[str, Any]) -> None:
        """Start the flow. A second start under the same id is no second execution. ThrottlingException: none now."""
        ...

    def stop(self, request_id: str, error: str, cause: str) -> None:
        """Stop the flow. Without effect when it has ended. StopFailed: not now."""
        ...

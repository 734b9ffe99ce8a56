"""The port to a deployment that is drained. Each call raises CommandError in the service's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Run:
    """An execution that runs.

    Of a batch: `starts_at`, when it begins; `closing`, it brings a cancelled batch to its end.
    """

    arn: str
    starts_at: datetime | None = None
    closing: bool = False


@dataclass(frozen=True)
class Left:
    """What keeps a deployment from being deleted, and what would be lost with it.

    `executions` and `batches` run. `requests` are those that something is still to be done for: to be ended, announced
    or released; `deliveries`, messages on their way.
    """

    executions: int
    batches: int
    requests: int
    deliveries: int

    @property
    def is_nothing(self) -> bool:
        return not any(asdict(self).values())

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        counts = [f"{count} {name}" for name, count in asdict(self).items() if count]
        return ", ".join(counts) or "nothing"


class RunningStack(Protocol):
    def close(self) -> None:
        """Close the doors. Functions know it some seconds later."""

    def open(self) -> None: ...

    def executions(self) -> Iterable[Run]:
        """Return the running executions of the flow, as Step Functions lists them, some seconds late."""

    def batches(self) -> Iterable[Run]:
        """Return the running executions of batches."""

    def stop(self, run: Run) -> None:
        """Stop an execution, no faster than the quota allows. Without effect where it has ended or is throttled."""

    def requests(self) -> int:
        """Return how many requests and batches are in the indexes of what is due."""

    def deliveries(self) -> int:
        """Return about how many messages are in the queues that functions read."""

    def letters(self) -> int:
        """Return about how many messages are in the queues that people read."""

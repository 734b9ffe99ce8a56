"""The port to what AWS tells of an account and a stack. Each call raises CommandError in the service's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from greenroom.domain.metrics import Metric
from greenroom_cli.errors import CommandError

if TYPE_CHECKING:
    from greenroom_cli.client import Caller


class NotAllowed(CommandError):
    """The caller may not see it; the text names the call."""


@dataclass(frozen=True)
class Found:
    """How many things a sweep found, and for how many seconds the oldest of them has waited."""

    number: int
    oldest: float


@dataclass(frozen=True)
class Sweeps:
    """What the sweeps have told. `found`: what the last one found, by the metric; `ran`: whether there was one of late.

    `given_up`: how many releases were given up within a day.
    """

    found: Mapping[Metric, Found] = field(default_factory=dict)
    given_up: int = 0
    ran: bool = True


class Cloud(Protocol):
    @property
    def stack(self) -> str:
        """The name of the stack."""

    @property
    def region(self) -> str | None: ...

    @property
    def api(self) -> Caller: ...

    def caller(self) -> str:
        """The ARN of the caller."""

    def stack_status(self) -> str: ...

    def outputs(self) -> Mapping[str, str]: ...

    def messages(self, queue_url: str) -> int:
        """Return about how many messages a queue has. Raise NotAllowed."""

    def concurrency(self) -> int:
        """Return how many functions the account may run at once and has not reserved. Raise NotAllowed."""

    def api_throttle(self) -> tuple[float, int]:
        """Return the requests a second and the burst of the API's stage. Raise NotAllowed."""

    def raised_alarms(self) -> Mapping[str, str]:
        """Return the page of each raised alarm of the stack, by name. Raise NotAllowed."""

    def sweeps(self) -> Sweeps:
        """Return CloudWatch's figures of the sweeps. Raise NotAllowed."""

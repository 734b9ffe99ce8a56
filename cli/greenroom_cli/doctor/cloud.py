"""The port to what AWS tells of an account and a stack. Each call raises CommandError in the service's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from greenroom_cli.errors import CommandError

if TYPE_CHECKING:
    from greenroom_cli.client import Caller


class NotAllowed(CommandError):
    """The caller may not see it; the text names the call."""


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
        """How many messages a queue has, about. NotAllowed."""

    def concurrency(self) -> int:
        """How many functions the account may run at once and has not reserved. NotAllowed."""

    def api_throttle(self) -> tuple[float, int]:
        """Requests a second and burst of the API's stage. NotAllowed."""

    def raised_alarms(self) -> list[str]:
        """Names of the stack's alarms that are raised. NotAllowed."""

"""The rules that a deployment adds to those which every request follows."""

from __future__ import annotations

from dataclasses import dataclass

from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.notify_targets import ANY_PUBLIC_HOST


@dataclass(frozen=True)
class Rules:
    """`providers`: the ones that it serves. `hosts`: where webhooks may go."""

    providers: tuple[str, ...]
    hosts: CallbackHosts = ANY_PUBLIC_HOST

    @property
    def only_provider(self) -> str | None:
        """The provider of a request that names none; None where the deployment serves several."""
        return self.providers[0] if len(self.providers) == 1 else None

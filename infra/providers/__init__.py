"""The services that streams come from: one file each, and one line in `ENABLED`."""

from __future__ import annotations

from collections.abc import Callable

from infra.functions import Function
from infra.providers.nimble import NimbleStudio
from infra.providers.plug import Plug, Verb
from infra.settings import Settings

ENABLED: tuple[Callable[[Settings], Plug], ...] = (NimbleStudio,)


class Providers:
    def __init__(self, settings: Settings) -> None:
        self._plugs = [plug(settings) for plug in ENABLED]

    def link(self, function: Function, verb: Verb) -> None:
        """Let a function do this with every enabled service."""
        for plug in self._plugs:
            plug.link(function, verb)

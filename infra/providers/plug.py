"""A provider as the infrastructure sees it: something that links itself to the tasks that call it."""

from __future__ import annotations

from typing import Literal, Protocol

from infra.functions import Function

# The verbs of the runtime's provider port.
Verb = Literal["prepare", "create", "describe", "connect", "release"]


class Plug(Protocol):
    def link(self, function: Function, verb: Verb) -> None:
        """Give a function all that this one verb needs, and nothing else: permissions, endpoint, secrets."""

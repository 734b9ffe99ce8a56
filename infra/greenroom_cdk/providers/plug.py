"""A provider as the infrastructure sees it: it grants the tasks that call it what they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from aws_cdk import aws_kms as kms
from constructs import Construct

from greenroom_cdk.functions import Function
from greenroom_cdk.settings import Settings

# The verbs of the runtime's provider port.
Verb = Literal["prepare", "create", "describe", "connect", "release"]


class Plug(Protocol):
    @property
    def outputs(self) -> Mapping[str, str]:
        """Further outputs of the stack, by their names."""

    def grant(self, function: Function, verb: Verb) -> None:
        """Give a function all that this one verb needs, and nothing else: permissions, endpoint, secrets."""


class MakePlug(Protocol):
    """The construct of a provider: `PLUG` in `providers/{name}.py`, or in `infrastructure.py` of your own."""

    def __call__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> Plug: ...

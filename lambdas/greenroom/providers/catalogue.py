"""Every provider: the fields that a request for it has, and where its service is. One line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from greenroom.providers.fields import ProviderFields
from greenroom.providers.nimble.fields import NimbleFields

DEFAULT = "nimble"


@dataclass(frozen=True)
class Plug:
    """`service` names the function that connects to the service, as `module:function`: it is imported when needed."""

    fields: type[ProviderFields]
    service: str


PLUGS: Mapping[str, Plug] = {
    "nimble": Plug(NimbleFields, "greenroom.providers.nimble.service:connect"),
}

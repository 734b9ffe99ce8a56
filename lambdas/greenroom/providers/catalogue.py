"""Every provider by its name. Its halves are imported when they are asked for, so that a function loads only its own.

A provider is a package with `fields.py`, whose `FIELDS` are what a request must say, and `service.py`, whose `connect`
makes the port over the service; where it has settings, `settings.py` has them, in `SETTINGS`. A name that is not here
is that of a package which a deployment brings along: the setting `providers` tells, and the door lets no other through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenroom.providers.fields import ProviderFields
    from greenroom.providers.port import StreamProvider, Wiring
    from greenroom.providers.settings import ProviderSettings

BUILT_IN: Mapping[str, str] = {
    "nimble": "greenroom.providers.nimble",
    "appstream": "greenroom.providers.appstream",
    "gameliftstreams": "greenroom.providers.gameliftstreams",
    "dcv": "greenroom.providers.dcv",
    "jupyterhub": "greenroom.providers.jupyterhub",
}


def fields_of(name: str) -> type[ProviderFields]:
    """The model of a provider's fields. ModuleNotFoundError if there is no such provider."""
    fields: type[ProviderFields] = _half(name, "fields").FIELDS
    return fields


def connector_of(name: str) -> Callable[[Wiring], StreamProvider[Any]]:
    """The function that connects to a provider's service. ModuleNotFoundError if there is no such provider."""
    connect: Callable[[Wiring], StreamProvider[Any]] = _half(name, "service").connect
    return connect


def settings_of(name: str) -> type[ProviderSettings] | None:
    """The model of what a deployment must say for a provider; None if it has no settings."""
    if find_spec(f"{_package(name)}.settings") is None:
        return None
    settings: type[ProviderSettings] = _half(name, "settings").SETTINGS
    return settings


def _half(name: str, half: str) -> Any:
    return import_module(f"{_package(name)}.{half}")


def _package(name: str) -> str:
    return BUILT_IN.get(name, name)

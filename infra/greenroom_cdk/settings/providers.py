"""The setting `providers`: which services a deployment serves, and so which other settings it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from greenroom.providers.catalogue import BUILT_IN, settings_of
from greenroom.providers.settings import ProviderSettings
from greenroom_cdk.settings.own_provider import find, is_path

RULE = f"must be a list of {', '.join(BUILT_IN)}, or of directories with a provider of your own, such as ./acme"

_CLOSED = (
    "Amazon Nimble Studio closed on 2024-06-19, and the setting providers names no other service. Set it in cdk.json, "
    f"or by --context providers=gameliftstreams,dcv, to the services that streams come from: {', '.join(BUILT_IN)}"
)


def name_of(entry: Any) -> str:
    """Return a provider's name: `dcv` → `dcv`, `./acme` → `acme`. Raise ValueError for anything else."""
    if not isinstance(entry, str) or not (is_path(entry) or entry in BUILT_IN):
        raise ValueError(f"{RULE} (got {entry!r})")
    return find(entry) if is_path(entry) else entry


def warnings(providers: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with serving these and no others, with the id by which the CDK acknowledges it."""
    if set(providers) == {"nimble"}:
        yield "greenroom:closed-service", _CLOSED


def models_of(entries: Any) -> Iterator[type[ProviderSettings]]:
    """Yield the models of these providers' settings; a wrong entry has none."""
    for entry in entries if isinstance(entries, list | tuple) else ():
        try:
            name = name_of(entry)
        except ValueError:
            continue  # the setting's own rule says so
        if model := settings_of(name):
            yield model


def provider_with(field: str) -> str | None:
    """Return the built-in provider that has this setting, enabled or not."""
    for name in BUILT_IN:
        model = settings_of(name)
        if model and field in model.model_fields:
            return name
    return None

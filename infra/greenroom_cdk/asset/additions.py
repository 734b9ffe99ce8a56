"""The additions of a deployment to the asset: providers of its own, certificates that it trusts, its studio's files."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic.alias_generators import to_camel

from greenroom_cdk.asset.files import LOCK, pins
from greenroom_cdk.asset.paths import LAMBDA_LOCK
from greenroom_cdk.asset.studio import studio_files
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.settings.own_provider import is_path

_ASSET = "/var/task"


def additions(settings: Settings) -> Mapping[str, Path]:
    """Return the files and directories, by place in the asset. Raise SettingsError for those that cannot go there."""
    own = {Path(entry).resolve().name: Path(entry) for entry in settings.providers if is_path(entry)}
    if complaints := [complaint for source in own.values() for complaint in _other_versions(source)]:
        raise SettingsError(complaints)
    bundles = {_place(name): path for name in settings.provider_names if (path := _bundle(name, settings))}
    return {**own, **bundles, **studio_files(settings)}


def certificates_of(provider: str, settings: Settings) -> dict[str, str]:
    """Return the variable with the path of the provider's bundle in the asset; none without a bundle."""
    return {_field(provider).upper(): f"{_ASSET}/{_place(provider)}"} if _bundle(provider, settings) else {}


def _other_versions(source: Path) -> Iterator[str]:
    """Yield the pins that differ from ours: the asset has one version of each package, the tested one."""
    lock, ours = source / LOCK, pins(LAMBDA_LOCK)
    for name, version in pins(lock).items():
        if ours.get(name, version) != version:
            yield (
                f"providers: {lock} has {name} {version}, and Greenroom's functions have {ours[name]}; "
                f"compile it with --constraint {LAMBDA_LOCK.parent.name}/{LOCK}"
            )


def _bundle(provider: str, settings: Settings) -> Path | None:
    """Return the PEM file that the setting `{provider}CaBundle` names."""
    given: str | None = getattr(settings, _field(provider), None)
    if not given:
        return None
    try:
        ssl.create_default_context(cafile=given)
    except OSError:
        rule = "must be a PEM file with the certificates of the authorities to trust"
        raise SettingsError([f"{to_camel(_field(provider))}: {rule} (got {given!r})"]) from None
    return Path(given)


def _field(provider: str) -> str:
    return f"{provider}_ca_bundle"


def _place(provider: str) -> str:
    return f"certificates/{provider}.pem"

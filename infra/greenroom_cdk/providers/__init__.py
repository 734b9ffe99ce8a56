"""The services that streams come from: one file each, with `PLUG`, and those that a deployment brings along."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from aws_cdk import aws_kms as kms
from constructs import Construct

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.functions import Function
from greenroom_cdk.network import Network
from greenroom_cdk.providers.plug import MakePlug, Plug, Verb
from greenroom_cdk.settings import Settings


class Providers(Construct):
    """The providers of the setting `providers`; of the others nothing is deployed."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey, network: Network
    ) -> None:
        super().__init__(scope, construct_id)
        self._names = settings.provider_names
        self._network = network
        self._plugs = [_maker(name)(self, name.capitalize(), settings=settings, key=key) for name in self._names]

    @property
    def outputs(self) -> Mapping[str, str]:
        return {name: value for plug in self._plugs for name, value in plug.outputs.items()}

    @property
    def on_anything(self) -> Mapping[str, str]:
        """The reasons of the actions that take no resource; a plug without such actions need not have the attribute."""
        return {action: reason for plug in self._plugs for action, reason in getattr(plug, "on_anything", {}).items()}

    def grant(self, function: Function, verb: Verb) -> None:
        """Let a function do this with every provider, from where they can be reached."""
        function.set_environment(providers=",".join(self._names))
        for plug in self._plugs:
            plug.grant(function, verb)
        self._network.grant(function)


def _maker(name: str) -> MakePlug:
    module = f"greenroom_cdk.providers.{name}" if name in BUILT_IN else f"{name}.infrastructure"
    make: MakePlug = import_module(module).PLUG
    return make


__all__ = ["Plug", "Providers", "Verb"]

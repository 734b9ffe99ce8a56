"""The rules that a deployment adds to those which every request follows."""

from __future__ import annotations

from dataclasses import dataclass

from greenroom.providers.catalogue import DEFAULT
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.notify_targets import ANY_PUBLIC_HOST


@dataclass(frozen=True)
class Rules:
    """`providers`: the ones that it serves. `hosts`: where webhooks may go."""

    providers: tuple[str, ...] = (DEFAULT,)
    hosts: CallbackHosts = ANY_PUBLIC_HOST


AS_IT_COMES = Rules()

"""The rules of this deployment: what may be asked, and who sees what."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from greenroom.environment import environment, flag, names

if TYPE_CHECKING:
    from greenroom.api.owners import Owners
    from greenroom.flow.defaults import Defaults
    from greenroom.request.callback_hosts import CallbackHosts
    from greenroom.request.identities import Identities
    from greenroom.request.rules import Rules


@cache
def hosts() -> CallbackHosts:
    from greenroom.request.callback_hosts import CallbackHosts

    settings = environment()
    return CallbackHosts(names(settings.callback_hosts), names(settings.trusted_callback_hosts))


@cache
def rules() -> Rules:
    from greenroom.request.rules import Rules

    return Rules(tuple(environment().providers.split(",")), hosts())


@cache
def identities() -> Identities:
    from greenroom.request.identities import Identities

    return Identities.load(environment().identities)


@cache
def defaults() -> Defaults:
    from greenroom.flow.defaults import Defaults

    settings = environment()
    notify = tuple(json.loads(settings.default_notify))
    return Defaults(int(settings.deadline_seconds), rules(), notify, flag(settings.claim_by_default))


@cache
def owners() -> Owners:
    from greenroom.api.owners import Owners

    settings = environment()
    return Owners(names(settings.administrators), names(settings.shared_roles))

"""The rules of this deployment: what may be asked, and who sees what."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from greenroom.bootstrap.clients import dynamodb
from greenroom.bootstrap.kept import batches, records
from greenroom.environment import environment, flag, names

if TYPE_CHECKING:
    from greenroom.api.owners import Owners
    from greenroom.api.usage import BatchLimit, PendingLimit
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


@cache
def pending_limit() -> PendingLimit:
    from greenroom.api.usage import PendingLimit

    return PendingLimit(_limit(environment().max_pending_requests), records())


@cache
def batch_limit() -> BatchLimit:
    from greenroom.adapters.paces_table import DynamoDbPaces
    from greenroom.api.usage import BatchLimit

    settings = environment()
    return BatchLimit(_limit(settings.max_batch_requests), batches(), DynamoDbPaces(dynamodb(), settings.paces_table))


def _limit(text: str) -> int | None:
    return int(text) if text else None

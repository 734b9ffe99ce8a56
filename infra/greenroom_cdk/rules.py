"""The settings that functions read, by the names of the runtime's environment model: `function.tell(**…)`."""

from __future__ import annotations

import json

from greenroom.request.identities import Identities
from greenroom_cdk.settings import Settings


def callback_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that checks the URL of a webhook."""
    return {"callback_hosts": ",".join(settings.callback_hosts)}


def access_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that tells a caller's own requests from those of others."""
    return {"administrators": ",".join(settings.administrators), "shared_roles": ",".join(settings.shared_roles)}


def door_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that checks a request, and who may make it."""
    return {
        **callback_rules(settings),
        "identities": Identities(settings.identities).dump(),
        "providers": ",".join(settings.provider_names),
    }


def request_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that checks a request and makes its record."""
    return {
        **door_rules(settings),
        **look_rules(settings),
        "claim_by_default": _flag(settings.claim_by_default),
        "deadline_seconds": str(settings.deadline_seconds),
        "default_notify": json.dumps(settings.default_targets, separators=(",", ":")),
        "retention_days": str(settings.record_retention_days),
    }


def look_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that plans when streams are looked at."""
    return {"look_cost_seconds": str(settings.look_cost_seconds)}


def room_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that shows the waiting room."""
    return {"studio_name": settings.studio_name, "studio_color": settings.studio_color}


def renewal_rules(settings: Settings) -> dict[str, str]:
    """The variables of a function that may find a URL expired."""
    return {"renew_expired_urls": _flag(settings.renew_expired_urls)}


def _flag(value: bool) -> str:  # noqa: FBT001  # the one argument
    return str(value).lower()

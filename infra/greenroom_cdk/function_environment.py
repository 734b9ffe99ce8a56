"""The variables of functions, by the names of the runtime's environment model: `function.set_environment(**…)`."""

from __future__ import annotations

import json

from greenroom.request.identities import Identities
from greenroom_cdk.settings import Settings


def callback_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that checks the URL of a webhook."""
    return {"callback_hosts": ",".join(settings.callback_hosts)}


def access_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that tells a caller's own requests from those of others."""
    return {"administrators": ",".join(settings.administrators), "shared_roles": ",".join(settings.shared_roles)}


def validation_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that checks a request, and who may make it."""
    return {
        **callback_environment(settings),
        "identities": Identities(settings.identities).dump(),
        "providers": ",".join(settings.provider_names),
    }


def request_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that checks a request and makes its record."""
    return {
        **validation_environment(settings),
        **look_environment(settings),
        "claim_by_default": _flag(settings.claim_by_default),
        "deadline_seconds": str(settings.deadline_seconds),
        "default_notify": json.dumps(settings.default_targets, separators=(",", ":")),
        "retention_days": str(settings.record_retention_days),
    }


def look_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that plans when streams are polled."""
    return {"look_cost_seconds": str(settings.look_cost_seconds)}


def usage_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that bounds what one owner has under way."""
    limits = {"max_pending_requests": settings.max_pending_requests, "max_batch_requests": settings.max_batch_requests}
    return {name: str(limit) for name, limit in limits.items() if limit}


def room_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that shows the waiting room."""
    return {"studio_name": settings.studio_name, "studio_color": settings.studio_color}


def signature_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that signs webhooks: for which APIs with SigV4, as region and id."""
    apis = {"/".join(arn.split("/", 1)[0].split(":")[3::2]) for arn in settings.callback_api_arns}
    return {
        "callback_apis": ",".join(sorted(apis)),
        "shared_webhook_signature": _flag(settings.shared_webhook_signature),
    }


def renewal_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of a function that may find a URL expired."""
    return {"renew_expired_urls": _flag(settings.renew_expired_urls)}


def _flag(value: bool) -> str:  # noqa: FBT001  # the one argument
    return str(value).lower()

"""Whether the deployment reaches the services that it serves.

Greenroom calls them from AWS, maybe from inside a VPC, so a call from this machine would show nothing. What the
caller's own latest requests met there does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from greenroom_cli.doctor.finding import Finding, unknown, unwell, well
from greenroom_cli.errors import CommandError
from greenroom_cli.follow import fetched

if TYPE_CHECKING:
    from greenroom_cli.client import Caller

# Errors that say the service was not reached or did not know Greenroom, whatever was asked.
_UNREACHED = {
    "AccessDeniedException": "Look at the permissions that the deployment has at the service",
    "CertificateNotTrusted": "Look at the certificate of the provider's address",
    "EndpointUnreachable": "Look at the provider's address, and at the network of the functions",
    "MalformedAnswer": "Look at the provider's address: another server answers there",
    "NotAuthorized": "Put a secret in place that the provider takes: docs/deploy.md",
    "SecretIncomplete": "Put the provider's secret in place: docs/deploy.md",
}
_LATEST = 50
# A provider that is none. The answer names those that there are; nothing is asked for.
_NONE = {"provider": "?"}


def asking(api: Caller) -> tuple[Finding, list[str]]:
    """Report whether the caller may ask for streams, and of which providers, by a request that cannot be accepted."""
    subject = "may ask for a stream"
    try:
        status, _, body = api.call("POST", "streams", _NONE)
    except CommandError as error:
        return unwell(subject, str(error), "Is this machine let out to the API?"), []
    if status != 400:
        told = body.get("detail") or body.get("message") or "no reason given"
        todo = "Give the caller the policy of docs/deploy.md, “What a caller needs”"
        return unwell(subject, f"POST streams is answered with {status}: {told}", todo), []
    rules = [error["detail"] for error in body.get("errors", []) if error["field"] == "provider"]
    served = re.search(r"must be one of: ([^;]*)", rules[0] if rules else "")
    providers = [name.strip() for name in served[1].split(",")] if served else []
    return well(subject, f"POST streams, of {', '.join(providers) or 'no provider'}"), providers


def reached(api: Caller, providers: list[str]) -> Iterator[Finding]:
    """Yield a line for each provider, by the caller's latest ended request of it."""
    try:
        _, page = fetched(api, f"streams?limit={_LATEST}")
    except CommandError as error:
        yield unknown("providers", str(error))
        return
    for provider in providers:
        ended = [view for view in page["streams"] if view["provider"] == provider and view["state"] != "pending"]
        yield _of_provider(provider, ended[0] if ended else None)


def _of_provider(provider: str, latest: Mapping[str, Any] | None) -> Finding:
    subject = f"provider {provider}"
    if latest is None:
        return unknown(subject, "you have asked for nothing yet", f"Try it: greenroom request {provider} --help")
    told = f"your latest request, of {latest['createdAt']}, is {latest['state'].replace('_', ' ')}"
    if todo := _UNREACHED.get(latest.get("error", "")):
        return unwell(subject, f"{told}: {latest['error']}", f"{todo}. greenroom status {latest['id']} tells more")
    return well(subject, told)

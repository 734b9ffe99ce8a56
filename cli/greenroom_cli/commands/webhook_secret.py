"""`greenroom webhook-secret`: the secret of one receiver, for the operator to hand to it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

import typer

from greenroom.domain.errors import SecretUnusable
from greenroom.domain.signing import host_secret, key_of
from greenroom.request.callback_hosts import secret_host_of
from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, Profile, Region, StackName
from greenroom_cli.errors import CommandError, WrongUsage
from greenroom_cli.output import command, json_result, secret_result
from greenroom_cli.target import Target


@command
def webhook_secret(
    receiver: Annotated[str, typer.Argument(metavar="HOST_OR_URL", help="The receiver: its host, or a URL of it")],
    *,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show the secret by which one receiver knows Greenroom's webhooks, and by which it could sign for no other.

    With --json also the former one, which signs beside it until the next rotation. A receiver that keeps the public
    keys of `GET webhook-keys` needs no secret.
    """
    host = _host_of(receiver)
    texts = wiring.deployment(Target(stack, profile, region)).secret("WebhookSecretArn")
    current, *former = texts
    try:
        secret = host_secret(key_of(current), host)
    except SecretUnusable as error:
        raise CommandError(f"The secret under WebhookSecretArn {error}") from None
    if as_json:
        json_result({"host": host, "secret": secret, **_former(former, host)})
    else:
        secret_result(secret, otherwise="The secret is shown on a terminal only, or with --json")


def _former(texts: Sequence[str], host: str) -> dict[str, str]:
    """Return the previous secret, unless it was never one and signs nothing."""
    with suppress(SecretUnusable):
        return {"former": host_secret(key_of(texts[-1]), host)} if texts else {}
    return {}


def _host_of(receiver: str) -> str:
    url = receiver if "://" in receiver else f"https://{receiver}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_named = bool(host) and host.isascii() and parts.port != 0 and not parts.username
    except ValueError:  # a port or an IPv6 address that is none
        is_named = False
    if not is_named or parts.scheme not in {"http", "https"}:
        raise WrongUsage(f"{receiver} is no host, such as hooks.example or hooks.example:8443, and no URL of one")
    return secret_host_of(url)

"""The call that tells anybody by which keys webhooks are signed: their public halves, which are no secret."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from greenroom.api.views import Answer
from greenroom.domain.wire import Outgoing

# A key signs until the second rotation after it was made, and the one before it signs beside it.
_KEPT = {"Cache-Control": "public, max-age=300"}


class WebhookKey(Outgoing):
    """One key: `whpk_` and the base64 of an ed25519 public key."""

    public_key: str = Field(pattern=r"^whpk_[A-Za-z0-9+/]{43}=$")


class WebhookKeys(Outgoing):
    """The keys that sign webhooks now, newest first: one, or two while it rotates."""

    keys: list[WebhookKey]


def show(public_keys: Iterable[str]) -> Answer:
    body = WebhookKeys(keys=[WebhookKey(public_key=each) for each in public_keys])
    return Answer(200, body.dump(), _KEPT)

"""The targets that a request names: who is to hear of its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationInfo

from greenroom.domain.wire import Incoming, Rule
from greenroom.request.callback_hosts import CallbackHosts

ANY_PUBLIC_HOST = CallbackHosts()


# The part of the rules of a callback's URL that a JSON Schema can say.
_HTTPS = Field(json_schema_extra={"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]://"})


def _callback_url(url: str, info: ValidationInfo) -> str:
    hosts: CallbackHosts = (info.context or {}).get("hosts", ANY_PUBLIC_HOST)
    if rule := hosts.broken_rule(url):
        raise ValueError(rule)
    return url


class SnsTarget(Incoming):
    """Greenroom's own topic."""

    type: Literal["sns"]


class WebhookTarget(Incoming):
    """An HTTPS endpoint that takes Standard Webhooks, or an API Gateway URL, which is called with SigV4."""

    type: Literal["webhook"]
    url: Annotated[str, StringConstraints(max_length=2048), AfterValidator(_callback_url), _HTTPS]


class WebSocketTarget(Incoming):
    """A connection of Greenroom's own WebSocket API, which the caller has opened."""

    type: Literal["websocket"]
    connection_id: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{1,128}$"), Rule("must be a WebSocket connection id")
    ]
    fallback: Annotated[
        Literal["sns"] | None,
        Field(description="The topic, and so all of its readers, if the connection is gone; else nobody"),
        Rule("must be sns"),
    ] = None


NotifyTarget = Annotated[SnsTarget | WebhookTarget | WebSocketTarget, Field(discriminator="type")]
TARGET_MODELS: dict[str, type[BaseModel]] = {"sns": SnsTarget, "webhook": WebhookTarget, "websocket": WebSocketTarget}


def as_json(targets: Iterable[NotifyTarget]) -> tuple[dict[str, Any], ...]:
    """The targets as a request names them."""
    return tuple(target.model_dump(by_alias=True, mode="json", exclude_none=True) for target in targets)

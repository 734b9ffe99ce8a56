"""The request, and the one set of rules that all three ways in apply to it."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel

from greenroom.callback_hosts import CallbackHosts
from greenroom.errors import FieldError, InvalidRequest

MAX_BODY_BYTES = 16 * 1024
MAX_DEADLINE_SECONDS = 86_400
MAX_DEPTH = 16
MAX_TARGETS = 8
DEFAULT_EXPIRATION_SECONDS = 120

ANY_PUBLIC_HOST = CallbackHosts()


class _AnyUrl(CallbackHosts):
    def objection(self, url: str) -> str | None:  # noqa: ARG002
        return None


# For what was accepted once: it is judged again when it is delivered, not when it is read.
STORED = {"hosts": _AnyUrl()}

_CLAIM = "Announce the id only; the owner fetches the URL, once, by `POST streams/{id}/claim`"
_STOP_STARTED_SESSION = "Stop the session again if Greenroom started it and the request does not end as ready"
_ID_RULE = "must be 1 to 64 letters, digits, hyphens or underscores"

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


# The part of those rules that a JSON Schema can say.
_HTTPS = Field(json_schema_extra={"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]://"})


def _callback_url(url: str, info: ValidationInfo) -> str:
    hosts: CallbackHosts = (info.context or {}).get("hosts", ANY_PUBLIC_HOST)
    if objection := hosts.objection(url):
        raise ValueError(objection)
    return url


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
    )


class SnsTarget(_Model):
    """Greenroom's own topic."""

    type: Literal["sns"]


class WebhookTarget(_Model):
    """An HTTPS endpoint that takes Standard Webhooks, or an API Gateway URL, which is called with SigV4."""

    type: Literal["webhook"]
    url: Annotated[str, StringConstraints(max_length=2048), AfterValidator(_callback_url), _HTTPS]


class WebSocketTarget(_Model):
    """A connection of Greenroom's own WebSocket API."""

    type: Literal["websocket"]
    connection_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{1,128}$")]


NotifyTarget = Annotated[SnsTarget | WebhookTarget | WebSocketTarget, Field(discriminator="type")]
TARGETS: TypeAdapter[tuple[NotifyTarget, ...]] = TypeAdapter(tuple[NotifyTarget, ...])


class StreamRequest(_Model):
    """A stream, asked for: where, for how long, by when, and who is to hear of it."""

    studio_id: Identifier
    session_id: Identifier
    expiration_in_seconds: Annotated[int, Field(ge=60, le=3600)] = DEFAULT_EXPIRATION_SECONDS
    deadline_seconds: Annotated[int, Field(ge=1, le=MAX_DEADLINE_SECONDS)] | None = None
    notify: Annotated[list[NotifyTarget], Field(min_length=1, max_length=MAX_TARGETS)] | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    claim: Annotated[bool | None, Field(description=_CLAIM)] = None
    stop_started_session: Annotated[bool, Field(description=_STOP_STARTED_SESSION)] = False

    @property
    def digest(self) -> str:
        """SHA-256 over what was asked for, whatever the order of its keys."""
        asked = self.model_dump(by_alias=True, mode="json", exclude_unset=True)
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def parse_request(raw: Any, hosts: CallbackHosts = ANY_PUBLIC_HOST) -> StreamRequest:
    """Read a request from its parsed JSON. InvalidRequest names every field that breaks a rule.

    `hosts` are the rules for the URLs of webhooks.
    """
    if not isinstance(raw, dict):
        raise InvalidRequest([FieldError("body", 'must be a JSON object such as {"studioId": …, "sessionId": …}')])
    _ensure_it_can_be_kept(raw)
    try:
        return StreamRequest.model_validate(raw, context={"hosts": hosts})
    except ValidationError as error:
        raise InvalidRequest([_explain(dict(item)) for item in error.errors(include_url=False)]) from None


def _ensure_it_can_be_kept(raw: dict[str, Any]) -> None:
    """What is accepted is stored, sent on and read again: it must be JSON that every reader takes, and small."""
    try:
        if _depth(raw) > MAX_DEPTH:
            raise InvalidRequest([FieldError("body", f"must not be nested more than {MAX_DEPTH} deep")])
        size = len(json.dumps(raw, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except (RecursionError, ValueError):
        raise InvalidRequest([FieldError("body", "must be JSON of finite numbers and whole characters")]) from None
    if size > MAX_BODY_BYTES:
        raise InvalidRequest([FieldError("body", f"must not be larger than {MAX_BODY_BYTES} bytes")])


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(item) for item in inner), default=0)


def _explain(item: dict[str, Any]) -> FieldError:
    return FieldError(_path(item["loc"]), _rule(item))


def _path(location: tuple[str | int, ...]) -> str:
    """`("notify", 0, "webhook", "url")` → `notify[0].url`: pydantic's location less the tag of the chosen type."""
    path = ""
    for index, part in enumerate(location):
        if isinstance(part, int):
            path += f"[{part}]"
        elif not (index and isinstance(location[index - 1], int)):
            path += f".{part}" if path else part
    return path


_RULES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "union_tag_invalid": "must have a type that is one of: sns, webhook, websocket",
    "union_tag_not_found": "must have a type that is one of: sns, webhook, websocket",
    "too_short": f"must name 1 to {MAX_TARGETS} targets",
    "too_long": f"must name 1 to {MAX_TARGETS} targets",
}


def _rule(item: dict[str, Any]) -> str:
    """The rule that was broken, in the words of this request rather than of pydantic."""
    match item["type"]:
        case "greater_than_equal" | "less_than_equal" | "int_type" | "int_from_float":
            return _range_rule(str(item["loc"][0]))
        case "string_pattern_mismatch":
            return _ID_RULE if item["loc"][-1] in {"studioId", "sessionId"} else "must be a WebSocket connection id"
        case "value_error":
            return str(item["ctx"]["error"])
        case kind:
            return _RULES.get(kind, str(item["msg"]).replace("Input should be", "must be", 1))


def _range_rule(field: str) -> str:
    low, high = (60, 3600) if field == "expirationInSeconds" else (1, MAX_DEADLINE_SECONDS)
    return f"must be a whole number of seconds from {low} to {high}"

"""The request, and the one set of rules that all three ways in apply to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, cast

import rfc8785
from pydantic import Field, JsonValue, ValidationError, create_model

from greenroom.domain.errors import FieldError, InvalidRequest
from greenroom.domain.wire import WHOLE, Incoming, Rule, seconds_rule
from greenroom.providers.catalogue import DEFAULT, PLUGS
from greenroom.providers.fields import ProviderFields
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.field_errors import explain
from greenroom.request.json_limits import ensure_it_can_be_kept
from greenroom.request.notify_targets import ANY_PUBLIC_HOST, STORED, NotifyTarget

MAX_DEADLINE_SECONDS = 86_400
MAX_TARGETS = 8

_CLAIM = "Announce the id only; the owner fetches the URL, once, by `POST streams/{id}/claim`"
_RELEASE = "Let go what Greenroom itself started when the request does not end as ready"


class StreamRequest(Incoming):
    """A request of any provider. The model of each provider adds that provider's fields."""

    provider: str
    deadline_seconds: (
        Annotated[int, Field(ge=1, le=MAX_DEADLINE_SECONDS), WHOLE, seconds_rule(1, MAX_DEADLINE_SECONDS)] | None
    ) = None
    notify: (
        Annotated[
            list[NotifyTarget],
            Field(min_length=1, max_length=MAX_TARGETS),
            Rule(f"must be a list of 1 to {MAX_TARGETS} targets"),
        ]
        | None
    ) = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    claim: Annotated[bool | None, Field(description=_CLAIM)] = None
    release_on_failure: Annotated[bool, Field(description=_RELEASE)] = False

    @property
    def fields(self) -> ProviderFields:
        """The provider's own fields, and no others."""
        model = PLUGS[self.provider].fields
        return model.model_construct(**{name: getattr(self, name) for name in model.model_fields})

    @property
    def digest(self) -> str:
        """SHA-256 over what was asked for, by RFC 8785: neither the order of keys nor the spelling of numbers counts.

        Step Functions reads and writes numbers in its own way, so a request that comes by it may be spelt otherwise.
        """
        asked = self.model_dump(by_alias=True, mode="json", exclude_unset=True)
        return hashlib.sha256(rfc8785.dumps(asked)).hexdigest()


def _model(name: str, fields: type[Any]) -> type[StreamRequest]:
    model: Any = create_model(
        f"{fields.__name__.removesuffix('Fields')}Request",
        __base__=(fields, StreamRequest),
        __doc__=f"A stream of the provider `{name}`: where, for how long, by when, and who is to hear of it.",
    )
    return cast("type[StreamRequest]", model)


REQUESTS: Mapping[str, type[StreamRequest]] = {name: _model(name, plug.fields) for name, plug in PLUGS.items()}
"""The model of a request by its provider: a union that the field `provider` tells apart."""


def parse_request(raw: Any, hosts: CallbackHosts = ANY_PUBLIC_HOST) -> StreamRequest:
    """Read a request from its parsed JSON. InvalidRequest names every field that breaks a rule.

    `hosts` are the rules for the URLs of webhooks.
    """
    if not isinstance(raw, dict):
        raise InvalidRequest([FieldError("body", 'must be a JSON object such as {"studioId": …, "sessionId": …}')])
    ensure_it_can_be_kept(raw)
    provider = raw.get("provider", DEFAULT)
    model = REQUESTS.get(provider) if isinstance(provider, str) else None
    if model is None:
        raise InvalidRequest([FieldError("provider", f"must be one of: {', '.join(REQUESTS)}")])
    try:
        return model.model_validate({**raw, "provider": provider}, context={"hosts": hosts})
    except ValidationError as error:
        raise InvalidRequest(explain(error, model)) from None


def stored_request(text: str) -> StreamRequest:
    """Read a request that was accepted and kept as JSON."""
    kept = json.loads(text)
    return REQUESTS[kept["provider"]].model_validate(kept, context=STORED)

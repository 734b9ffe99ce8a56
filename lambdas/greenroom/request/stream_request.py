"""The request, and the one set of rules that all three ways in apply to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, cast

import rfc8785
from pydantic import Field, JsonValue, ValidationError, create_model

from greenroom.domain.errors import FieldError, InvalidRequest
from greenroom.domain.wire import WHOLE, Incoming, Rule, seconds_rule
from greenroom.providers.catalogue import BUILT_IN, fields_of
from greenroom.providers.fields import ProviderFields
from greenroom.request.field_errors import explain
from greenroom.request.json_limits import ensure_it_can_be_kept
from greenroom.request.notify_targets import NotifyTarget
from greenroom.request.rules import Rules

MAX_DEADLINE_SECONDS = 86_400
MAX_TARGETS = 8

_CLAIM = "Announce the id only; the owner fetches the URL, once, by `POST streams/{id}/claim`"
_WAITING_ROOM = "Put a link for a person into the message of the stream that is ready"
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
    waiting_room: Annotated[bool, Field(description=_WAITING_ROOM)] = False
    release_on_failure: Annotated[bool, Field(description=_RELEASE)] = False

    @property
    def fields(self) -> ProviderFields:
        """The provider's own fields, and no others."""
        model = fields_of(self.provider)
        return model.model_construct(**{name: getattr(self, name) for name in model.model_fields})

    @property
    def digest(self) -> str:
        """SHA-256 over what was asked for, by RFC 8785: neither the order of keys nor the spelling of numbers counts.

        Step Functions reads and writes numbers in its own way, so a request that comes by it may be spelt otherwise.
        """
        asked = self.model_dump(by_alias=True, mode="json", exclude_unset=True)
        return hashlib.sha256(rfc8785.dumps(asked)).hexdigest()


def request_model(provider: str) -> type[StreamRequest]:
    """The model of a request of this provider. ModuleNotFoundError if there is no such provider."""
    return _model_with(fields_of(provider), provider)


@cache
def _model_with(fields: Any, provider: str) -> type[StreamRequest]:
    model: Any = create_model(
        f"{fields.__name__.removesuffix('Fields')}Request",
        __base__=(fields, StreamRequest),
        __doc__=f"A stream of the provider `{provider}`: where, for how long, by when, and who is to hear of it.",
    )
    return cast("type[StreamRequest]", model)


def parse_request(raw: Any, rules: Rules, *, provider: str | None = None) -> StreamRequest:
    """Read a request from its parsed JSON. InvalidRequest names every field that breaks a rule.

    `provider`: the provider that it is known to be for, where it names none.
    """
    if not isinstance(raw, dict):
        such = f'{{"provider": "{rules.providers[0]}", …}}'
        raise InvalidRequest([FieldError("body", f"must be a JSON object such as {such}")])
    ensure_it_can_be_kept(raw)
    named = raw.get("provider", provider or rules.only_provider)
    if named not in rules.providers:
        raise InvalidRequest([FieldError("provider", _not_served(raw, rules.providers))])
    model = request_model(named)
    try:
        return model.model_validate({**raw, "provider": named}, context={"hosts": rules.hosts})
    except ValidationError as error:
        raise InvalidRequest(explain(error, model)) from None


def _not_served(raw: Mapping[str, Any], served: tuple[str, ...]) -> str:
    listed, named = f"one of: {', '.join(served)}", raw.get("provider")
    if "provider" not in raw:
        return f"must be set to {listed}"
    known = isinstance(named, str) and named in BUILT_IN
    return f"must be {listed}" + (f"; this deployment does not serve {named}" if known else "")

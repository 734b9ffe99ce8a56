"""The base of what a deployment must say for one provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from greenroom.domain.wire import Rule

# Plain HTTP would show tokens on the way; on loopback there is no way.
HttpsUrl = Annotated[
    str,
    Field(pattern=r"^(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$", max_length=500),
    Rule("must be an https URL without credentials, query or fragment, such as https://broker.example:8443"),
]
# Of an AWS service: botocore signs and encrypts nothing more for https than it does for http.
EndpointUrl = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500), Rule("must be an http or https URL")]


class ProviderSettings(BaseModel):
    """The settings of one provider, the base of each plug's own model. Their names begin with the provider's name.

    `dcv_broker_url` is the setting `dcvBrokerUrl` of a deployment, and the variable `DCV_BROKER_URL` of a function. A
    field without a default must be set where the provider is enabled.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, validate_by_name=True)

    def variables(self) -> dict[str, str]:
        """The same settings for the environment of a function, defaults among them; what is None is left out."""
        found = {name.upper(): getattr(self, name) for name in type(self).model_fields}
        return {name: _text(value) for name, value in found.items() if value is not None}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

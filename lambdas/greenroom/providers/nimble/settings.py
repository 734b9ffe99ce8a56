"""The settings of a deployment that serves Amazon Nimble Studio."""

from __future__ import annotations

from greenroom.providers.settings import EndpointUrl, ProviderSettings


class NimbleSettings(ProviderSettings):
    nimble_endpoint_url: EndpointUrl | None = None
    """The URL at which Nimble Studio is called; botocore's own choice when it is not set."""


SETTINGS = NimbleSettings

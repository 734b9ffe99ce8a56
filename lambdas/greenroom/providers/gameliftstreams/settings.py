"""The settings of a deployment that serves Amazon GameLift Streams."""

from __future__ import annotations

from greenroom.providers.settings import EndpointUrl, ProviderSettings


class GameLiftStreamsSettings(ProviderSettings):
    gameliftstreams_endpoint_url: EndpointUrl | None = None
    """The URL at which the service is called; botocore's own choice when it is not set."""


SETTINGS = GameLiftStreamsSettings

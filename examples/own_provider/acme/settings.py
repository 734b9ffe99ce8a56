"""The settings of a deployment that serves Acme."""

from __future__ import annotations

from greenroom.providers.settings import HttpsUrl, ProviderSettings


class AcmeSettings(ProviderSettings):
    acme_url: HttpsUrl
    acme_ca_bundle: str | None = None
    """A PEM file with the authority that signed Acme's certificate."""


SETTINGS = AcmeSettings

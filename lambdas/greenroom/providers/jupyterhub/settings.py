"""The settings of a deployment that serves a JupyterHub."""

from __future__ import annotations

from greenroom.providers.settings import HttpsUrl, ProviderSettings


class JupyterHubSettings(ProviderSettings):
    """`jupyterhub_ca_bundle` is a path at deployment; the variable is that file's path beside the function's code."""

    jupyterhub_url: HttpsUrl
    """The hub with its base path, such as https://hub.example or https://example.org/jupyter."""
    jupyterhub_public_url: HttpsUrl | None = None
    """The same for the users' browsers. Not set: what the hub calls its public URL, or else `jupyterhub_url`."""
    jupyterhub_ca_bundle: str | None = None
    """A PEM file with the authority that signed the hub's certificate."""


SETTINGS = JupyterHubSettings

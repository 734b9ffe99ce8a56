"""The settings of a deployment that serves Amazon DCV."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from greenroom.domain.wire import Rule
from greenroom.providers.settings import HttpsUrl, ProviderSettings

Scope = Annotated[
    str,
    StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$", max_length=1000),
    Rule("must be the OAuth 2 scopes with spaces between them, such as dcv-session-manager/sm_scope"),
]
# A day and a half more than the day for which AWS's Research and Engineering Studio sets its brokers.
Minutes = Annotated[int, Field(ge=1, le=3600), Rule("must be a whole number of minutes from 1 to 3600")]


class DcvSettings(ProviderSettings):
    """`dcv_ca_bundle` is a path at deployment; the variable is the path of that file beside the function's code."""

    dcv_broker_url: HttpsUrl
    """The Session Manager broker, with the port for its clients."""
    dcv_token_url: HttpsUrl | None = None
    """The OAuth 2 token endpoint. Not set: the broker asks for no authorisation, and none is sent."""
    dcv_token_scope: Scope | None = None
    """Set: the token is asked for as Cognito wants it, in a form. Not set: as the broker's own server wants it."""
    dcv_gateway_url: HttpsUrl | None = None
    """The DCV Connection Gateway by which people reach the servers. Not set: they reach each server directly."""
    dcv_ca_bundle: str | None = None
    """A PEM file with the authorities that signed the certificates of the broker and of the token endpoint."""
    dcv_token_minutes: Minutes = 60
    """The broker's `connect-session-token-duration-minutes`; counts where a connection token does not tell its end."""


SETTINGS = DcvSettings

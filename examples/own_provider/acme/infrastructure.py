"""The part of a deployment for Acme: its settings and a secret, for the functions that call it."""

from __future__ import annotations

from typing import ClassVar

from greenroom_cdk.providers.https_service import HttpsService

from .service import SECRET_MEMBERS
from .settings import AcmeSettings


class Acme(HttpsService):
    SERVICE = "acme"
    SETTINGS: ClassVar[type[AcmeSettings]] = AcmeSettings
    SECRET_MEMBERS = SECRET_MEMBERS


PLUG = Acme

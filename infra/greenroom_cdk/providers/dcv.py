"""Amazon DCV: your own Session Manager broker."""

from __future__ import annotations

from typing import ClassVar

from greenroom.providers.dcv.settings import DcvSettings
from greenroom.providers.dcv.token import SECRET_MEMBERS
from greenroom_cdk.providers.https_service import HttpsService


class Dcv(HttpsService):
    SERVICE = "dcv"
    SETTINGS: ClassVar[type[DcvSettings]] = DcvSettings
    SECRET_MEMBERS = SECRET_MEMBERS

    @property
    def needs_secret(self) -> bool:
        """A broker without authorisation has no token endpoint, and so no secret."""
        return "DCV_TOKEN_URL" in self.settings.variables()


PLUG = Dcv

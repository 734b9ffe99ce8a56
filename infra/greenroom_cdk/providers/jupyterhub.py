"""JupyterHub: your own hub, of which Greenroom is a service."""

from __future__ import annotations

from typing import ClassVar

from greenroom.providers.jupyterhub.hub import SECRET_MEMBERS
from greenroom.providers.jupyterhub.settings import JupyterHubSettings
from greenroom_cdk.providers.https_service import HttpsService


class JupyterHub(HttpsService):
    SERVICE = "jupyterhub"
    SETTINGS: ClassVar[type[JupyterHubSettings]] = JupyterHubSettings
    SECRET_MEMBERS = SECRET_MEMBERS


PLUG = JupyterHub

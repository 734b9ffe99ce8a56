"""The streaming services of the local stack: four that are simulated, and a JupyterHub that is real."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from local.processes import free_port
from local.simulator.dcv import CLIENT_ID, CLIENT_SECRET

SIMULATED = ("nimble", "appstream", "gameliftstreams", "dcv")
JUPYTERHUB = "jupyterhub"
# The names by which `.greenroom/env` tells where each is.
_VARIABLES = {
    "nimble": "NIMBLE_SIMULATOR_URL",
    "appstream": "APPSTREAM_SIMULATOR_URL",
    "gameliftstreams": "GAMELIFTSTREAMS_SIMULATOR_URL",
    "dcv": "DCV_BROKER_URL",
    JUPYTERHUB: "JUPYTERHUB_URL",
}


class Services:
    """Each has a free loopback port. `hub`: whether the JupyterHub is started too; it is enabled in any case."""

    def __init__(self, *, hub: bool) -> None:
        self.has_hub = hub
        self.urls = {name: f"http://127.0.0.1:{free_port()}" for name in (*SIMULATED, JUPYTERHUB)}
        self.hub_token = secrets.token_hex(16)

    @property
    def variables(self) -> dict[str, str]:
        """The variables that tell where the services are; of the JupyterHub, when it is there."""
        return {_VARIABLES[name]: url for name, url in self.urls.items() if name in SIMULATED or self.has_hub}

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a deployment that serves all of them, as `-c` passes them."""
        return {
            "providers": ",".join(self.urls),
            "nimbleEndpointUrl": self.urls["nimble"],
            "appstreamEndpointUrl": self.urls["appstream"],
            "gameliftstreamsEndpointUrl": self.urls["gameliftstreams"],
            "dcvBrokerUrl": self.urls["dcv"],
            "dcvTokenUrl": f"{self.urls['dcv']}/oauth2/token",
            "jupyterhubUrl": self.urls[JUPYTERHUB],
        }

    def put_secrets(self, secretsmanager: Any, outputs: Mapping[str, str]) -> None:
        """Put what the services know Greenroom by into the secrets of a deployment."""
        values = {
            "DcvSecretArn": {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET},
            "JupyterhubSecretArn": {"token": self.hub_token},
        }
        for output, value in values.items():
            secretsmanager.put_secret_value(SecretId=outputs[output], SecretString=json.dumps(value))

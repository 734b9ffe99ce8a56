"""Two stacks for all tests here: as it comes, and with every setting changed. Nothing is bundled for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.settings import Settings
from tests.infra.privileges import CALLBACK_API
from tests.infra.synthesised import Synthesised, synthesise

# The settings that a provider cannot do without.
NEEDED = {
    "dcv": {"dcvBrokerUrl": "https://broker.example:8443", "dcvTokenUrl": "https://broker.example:8443/oauth2/token"},
    "jupyterhub": {"jupyterhubUrl": "https://hub.example"},
}
CHANGED = Settings.from_values(
    {
        "stackName": "Studio",
        "providers": list(BUILT_IN),
        **NEEDED["dcv"],
        **NEEDED["jupyterhub"],
        "subnetIds": ["subnet-0a1b2c3d", "subnet-4e5f6071"],
        "securityGroupIds": ["sg-0a1b2c3d"],
        "deadlineSeconds": 60,
        "lookCostSeconds": 2.5,
        "recordRetentionDays": 100,
        "logRetentionDays": 90,
        "alarmEmail": "ops@studio.example",
        "callbackHosts": ("hooks.example", "b.example"),
        "defaultNotify": ("sns", "https://hooks.example/x"),
        "claimByDefault": True,
        "renewExpiredUrls": True,
        "callbackApiArns": (CALLBACK_API,),
        "sharedWebhookSignature": False,
        "keepOwnerIndex": True,
        "batchBuckets": ("classes",),
        "batchPrefix": "classes/{sessionName}/",
        "identities": [
            {
                "name": "own-notebooks",
                "callers": "arn:aws:sts::123456789012:assumed-role/Artist/*",
                "provider": "jupyterhub",
                "field": "user",
                "values": "{sessionName}",
            }
        ],
        "administrators": ("arn:aws:sts::123456789012:assumed-role/admin/*",),
        "sharedRoles": ("arn:aws:iam::123456789012:role/RenderFarm*",),
        "nimbleEndpointUrl": "https://nimble.example",
        "apiUrl": "https://streams.studio.example/room/",
        "disableDefaultEndpoint": True,
        "studioName": "Northlight",
        "studioColor": "#8a2be2",
        "studioLogo": "logo.svg",
        "waitingRoomTexts": "texts.json",
        "apiRequestsPerSecond": 7,
        "apiBurst": 8,
        "deliveryConcurrency": 3,
        "maxPendingRequests": 20,
        "maxBatchRequests": 1000,
        "warmWriteUnits": 4_500,
        "useAccountLogsRole": True,
        "retainData": True,
    }
)


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("code")
    (directory / "empty.py").touch()
    return directory


@pytest.fixture(scope="session")
def stack(code: Path) -> Synthesised:
    """The stack with the settings that come with the app."""
    return synthesise(code, Settings())


@pytest.fixture(scope="session")
def changed(code: Path) -> Synthesised:
    """The stack with every setting changed."""
    return synthesise(code, CHANGED)

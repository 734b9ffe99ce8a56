"""The plug over one real hub for all tests here. A receiver stands for Secrets Manager."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greenroom.providers.gate import GatedProvider
from greenroom.providers.jupyterhub.fields import JupyterHubFields
from greenroom.providers.jupyterhub.service import connect
from greenroom.providers.port import Wiring
from tests.support.hub import ODD_USER, HubControl, running_hub
from tests.support.receiver import Receiver, receive
from tests.unit.conftest import AwsClient

SECRET_ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:hub"  # noqa: S105  # its name
MakePlug = Callable[..., GatedProvider]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubControl]:
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="session")
def running(hub: HubControl) -> JupyterHubFields:
    """A request for a server that runs, of a user whose name has to be encoded."""
    hub.start(ODD_USER)
    return fields(ODD_USER)


def put_secret(receiver: Receiver, token: str) -> None:
    receiver.will_answer(200, {"SecretString": f'{{"token": "{token}"}}'})


@pytest.fixture
def make_plug(receiver: Receiver, aws_client: AwsClient) -> MakePlug:
    """Make the plug for a hub as a function makes it when it starts, with a secret that has this token."""

    def make(url: str, *, bearer: str = "t0ken", **variables: str) -> GatedProvider:
        put_secret(receiver, bearer)
        variables = {"JUPYTERHUB_URL": url, "JUPYTERHUB_SECRET_ARN": SECRET_ARN, **variables}
        return GatedProvider(connect(Wiring(aws_client, variables)))

    return make


@pytest.fixture
def plug(hub: HubControl, make_plug: MakePlug) -> GatedProvider:
    return make_plug(hub.url, bearer=hub.token)


@pytest.fixture
def api() -> Iterator[Receiver]:
    """A receiver that plays a hub, for what the real one does not do when a test wants it."""
    with receive() as api:
        yield api


@pytest.fixture
def played(api: Receiver, make_plug: MakePlug) -> GatedProvider:
    """The plug over the hub that is played."""
    return make_plug(api.url)


def fields(user: str = "demo", **others: Any) -> JupyterHubFields:
    return JupyterHubFields.model_validate({"provider": "jupyterhub", "user": user, **others})

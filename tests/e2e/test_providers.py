"""Every provider by the three ways in, under IAM evaluation: one stream, one message, and its URL nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.jupyterhub import open_as_a_browser
from local.services import JUPYTERHUB
from tests.e2e.deployed import Deployed, new_session_id
from tests.e2e.ways_in import WAYS_IN, Submit, by_api


@dataclass(frozen=True)
class Provided:
    """A request for a stream of one provider, as `{key}` names what it is for, and the call that makes the stream."""

    provider: str
    request: Mapping[str, Any]
    creates: str
    identifies: tuple[str, ...]
    setting: Mapping[str, Any] = field(default_factory=dict)

    def body(self, key: str) -> dict[str, Any]:
        filled = {name: key if value == "{key}" else value for name, value in self.request.items()}
        return {"provider": self.provider, **filled, "deadlineSeconds": 60}


SIMULATED = [
    Provided(
        "appstream",
        {"stackName": "stack", "fleetName": "{key}", "userId": "ada", "startFleet": True},
        creates="CreateStreamingURL",
        identifies=("stackName", "fleetName", "userId"),
        setting={"sessionState": "STOPPED", "readyAfterSeconds": 1},
    ),
    Provided(
        "gameliftstreams",
        {"streamGroupId": "{key}", "applicationId": "a-game"},
        creates="CreateStreamUrl",
        identifies=("streamGroupId", "applicationId"),
        setting={"readyAfterSeconds": 1},
    ),
    Provided(
        "dcv",
        {"owner": "{key}"},
        creates="createSessions",
        identifies=("owner",),
        setting={"readyAfterSeconds": 1},
    ),
]


@pytest.fixture(scope="module")
def hub(deployed: Deployed) -> str:
    deployed.stack.start_hub()
    return deployed.stack.services.urls[JUPYTERHUB]


@pytest.mark.parametrize("submit", WAYS_IN)
@pytest.mark.parametrize("provided", SIMULATED, ids=lambda provided: provided.provider)
def test_a_stream_of_each_simulated_service(deployed: Deployed, provided: Provided, submit: Submit) -> None:
    key = new_session_id("sg")
    deployed.set_session(key, provided.provider, **provided.setting)
    body = provided.body(key)

    data = ready(deployed, submit(deployed, body))

    assert data["provider"] == provided.provider
    assert {name: data[name] for name in provided.identifies} == {name: body[name] for name in provided.identifies}
    assert len(deployed.calls(key, provided.creates, provided.provider)) == 1


@pytest.mark.parametrize("submit", WAYS_IN)
def test_a_stream_of_the_real_jupyterhub_opens_in_a_browser(deployed: Deployed, hub: str, submit: Submit) -> None:
    server = new_session_id("s")

    data = ready(deployed, submit(deployed, {"provider": JUPYTERHUB, "user": "ada", "serverName": server}))

    assert (data["user"], data["serverName"]) == ("ada", server)
    assert data["url"].startswith(f"{hub}/user/ada/{server}/lab?token=")
    assert open_as_a_browser(data["url"]) == 200


def test_a_stopped_fleet_that_may_not_be_started_fails_at_once_and_says_what_would_be_right(deployed: Deployed) -> None:
    fleet = new_session_id("fleet")
    deployed.set_session(fleet, "appstream", sessionState="STOPPED")
    request = {"provider": "appstream", "stackName": "stack", "fleetName": fleet, "userId": "ada"}

    message = deployed.message(by_api(deployed, request))

    assert (message["type"], message["data"]["error"]) == ("stream.failed", "FleetStopped"), message
    assert "set startFleet to true" in message["data"]["message"]


def test_a_field_of_another_provider_is_named_at_the_door(deployed: Deployed) -> None:
    status, _, problem = deployed.post({"provider": "dcv", "owner": "ada", "fleetName": "fleet"})
    assert (status, problem["errors"]) == (400, [{"field": "fleetName", "detail": "is not a field of this request"}])


def ready(deployed: Deployed, request_id: str) -> Mapping[str, Any]:
    """The data of a request's message, whose URL is nowhere else."""
    message = deployed.message(request_id)
    assert message["type"] == "stream.ready", message
    assert "url" not in deployed.event(request_id)["detail"]["data"]
    assert message["data"]["url"] not in json.dumps(deployed.history(request_id), default=str)
    data: Mapping[str, Any] = message["data"]
    return data

"""Every provider by the three ways in, under IAM evaluation: one stream, one message, and its URL nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from local.jupyterhub import open_as_a_browser

from local.services import JUPYTERHUB
from tests.e2e.deployed import Deployed, new_session_id
from tests.e2e.ways_in import WAYS_IN, Submit


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


@pytest.mark.parametrize("submit", WAYS_IN)
@pytest.mark.parametrize("provided", SIMULATED, ids=lambda provided: provided.provider)
def test_a_stream_of_each_simulated_service(deployed: Deployed, provided: Provided, submit: Submit) -> None:
    key = new_session_id("sg")
    deployed.set_session(key, provided.provider, **provided.setting)

    request_id = submit(deployed, provided.body(key))

    data = ready(deployed, request_id)
    assert data["provider"] == provided.provider
    assert {name: data[name] for name in provided.identifies} == {
        name: provided.body(key)[name] for name in provided.identifies
    }
    assert len(deployed.calls(key, provided.creates, provided.provider)) == 1


@pytest.fixture(scope="module")
def hub(deployed: Deployed) -> Iterator[str]:
    deployed.stack.start_hub()
    yield deployed.stack.services.urls[JUPYTERHUB]


@pytest.mark.parametrize("submit", WAYS_IN)
def test_a_stream_of_the_real_jupyterhub_opens_in_a_browser(deployed: Deployed, hub: str, submit: Submit) -> None:
    server = new_session_id("s")

    request_id = submit(
        deployed, {"provider": JUPYTERHUB, "user": "ada", "serverName": server, "releaseOnFailure": True}
    )

    data = ready(deployed, request_id)
    assert (data["user"], data["serverName"]) == ("ada", server)
    assert data["url"].startswith(f"{hub}/user/ada/{server}/lab?token=")
    assert open_as_a_browser(data["url"]) == 200


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    (
        "appstream",
        {"stackName": "stack", "fleetName": "{key}", "userId": "ada"},
        {"sessionState": "STOPPED"},
        "FleetStopped",
        "startFleet",
    ),
    ("dcv", {"owner": "missing-{key}"}, {}, "", "owner"),
    (JUPYTERHUB, {"user": "nobody-of-that-name"}, {}, "", "user"),
]


@pytest.mark.parametrize(("provider", "request_", "setting", "error", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_a_service_refuses_fails_at_once_and_says_what_would_be_right(
    deployed: Deployed, hub: str, provider: str, request_: Mapping[str, Any], setting: Mapping[str, Any],
    error: str, says: str,
) -> None:  # fmt: skip
    key = new_session_id()
    if setting:
        deployed.set_session(key, provider, **setting)
    body = {name: value.replace("{key}", key) for name, value in request_.items()}
    status, _, answer = deployed.post({"provider": provider, **body})
    assert status == 202, answer

    message = deployed.message(answer["id"])

    assert message["type"] == "stream.failed", message
    assert message["data"]["error"] == error or not error
    assert says in message["data"]["message"]


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

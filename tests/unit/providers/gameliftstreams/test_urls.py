"""A stream URL is ready while its group has room, and handed over as long as it is ACTIVE."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from greenroom.domain.errors import ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Status
from greenroom.providers.gameliftstreams.service import GameLiftStreams, connect
from greenroom.providers.port import Wiring
from tests.contract.support import Control
from tests.contract.support import connect as client_of
from tests.support.fakes import NOW, FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import GROUP, MADE, NO_AGE, TOKEN, asked, failing, make_url
from tests.unit.providers.starts import starting

PENDING, READY, FAILED = Status.PENDING, Status.READY, Status.FAILED
STATES = {"ACTIVE": READY, "EXPIRED": FAILED, "REVOKED": FAILED, "LIMIT_REACHED": FAILED}


def test_these_are_all_states_of_the_service_model(simulator_url: str) -> None:
    model = client_of(simulator_url, "gameliftstreams").meta.service_model
    assert set(model.shape_for("StreamUrlStatus").enum) == set(STATES)


@pytest.mark.parametrize(("state", "status"), (STATES | {"DREAMING": PENDING, "active": PENDING}).items())
def test_a_url_is_as_far_as_its_state_says(
    state: str, status: Status, gamelift: GameLiftStreams, control: Control
) -> None:
    url_id = make_url(gamelift, control, urlState=state)
    progress = gamelift.describe(GROUP, url_id, NO_AGE)
    assert (progress.status, progress.state, progress.stream_id) == (status, state, url_id)
    assert progress.stream["state"] == state


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ({"idleCapacity": 0}, PENDING),
        ({"sessionState": "UPDATING_LOCATIONS", "readyAfterSeconds": None}, PENDING),
        ({"sessionState": "DELETING"}, FAILED),
    ],
    ids=str,
)
def test_an_active_url_is_no_further_than_its_group(
    group: dict[str, Any], status: Status, gamelift: GameLiftStreams, control: Control
) -> None:
    """A full group shows the viewer of an ACTIVE URL that it is at capacity."""
    url_id = make_url(gamelift, control, **group)
    progress = gamelift.describe(GROUP, url_id, NO_AGE)
    assert (progress.status, progress.stream_id) == (status, url_id)
    assert progress.state == group.get("sessionState", "ACTIVE")
    assert progress.stream["state"] == "ACTIVE"


def test_the_answer_is_the_service_s_own_without_the_url(gamelift: GameLiftStreams, control: Control) -> None:
    url_id = make_url(gamelift, control)
    url = gamelift.connect(GROUP, url_id).url
    made = gamelift.create(GROUP, TOKEN)
    described = gamelift.describe(GROUP, url_id, NO_AGE)
    for progress in (made, described):
        members = {"createdAt", "expiresAt", "locations", "remainingUses", "state", "streamId", "usageLimit"}
        assert progress.stream.keys() == members
        assert all(isinstance(value, str) for value in progress.stream.values())
        assert url not in repr(progress)
        assert "token=" not in repr(progress)
    assert described.stream["expiresAt"].endswith("Z")


@pytest.mark.parametrize(("seconds", "lasts"), [(60, 60), (61, 120), (86_400, 86_400)])
def test_a_url_expires_when_the_service_says(
    seconds: int, lasts: int, gamelift: GameLiftStreams, control: Control, simulator_clock: FakeClock
) -> None:
    fields = asked(expirationInSeconds=seconds)
    control.session("sg-1", readyAfterSeconds=0)
    made_at = simulator_clock()
    url_id = str(gamelift.create(fields, TOKEN).stream_id)
    simulator_clock.advance(30)
    url = gamelift.connect(fields, url_id)
    assert url.url.startswith("https://")
    assert url.url not in repr(url)
    assert abs(url.expires_at - made_at - timedelta(seconds=lasts)) < timedelta(seconds=1)


@pytest.mark.parametrize(("created", "ago"), [({}, 0), ({"CreatedAt": NOW.timestamp() - 30}, 30)], ids=str)
def test_a_url_without_a_time_expires_when_it_was_asked_to_at_the_latest(
    created: dict[str, float], ago: int, receiver: Receiver, aws_client: AwsClient, clock: FakeClock
) -> None:
    """Counted from its creation, where the service tells that."""
    receiver.will_answer(200, MADE | {"StreamUrl": "https://x.example"} | created)
    url = GameLiftStreams(aws_client("gameliftstreams"), clock).connect(asked(expirationInSeconds=90), "su-1")
    assert url.expires_at == NOW + timedelta(seconds=90 - ago)


@pytest.mark.parametrize("behaviour", [{"urlState": "DREAMING"}, {"url": False}], ids=str)
def test_a_url_that_the_service_does_not_show_yet_is_asked_for_again(
    behaviour: dict[str, Any], gamelift: GameLiftStreams, control: Control
) -> None:
    url_id = make_url(gamelift, control, **behaviour)
    with pytest.raises(StreamNotReady, match=url_id):
        gamelift.connect(GROUP, url_id)


@pytest.mark.parametrize("state", ["EXPIRED", "REVOKED", "LIMIT_REACHED"])
def test_a_url_that_has_ended_is_not_asked_for_again(state: str, gamelift: GameLiftStreams, control: Control) -> None:
    url_id = make_url(gamelift, control, urlState=state)
    with pytest.raises(ServiceRefused, match=f"{url_id} is {state}") as caught:
        gamelift.connect(GROUP, url_id)
    assert caught.value.name == "StreamUrlEnded"


def test_the_client_of_a_function_asks_the_endpoint_of_its_environment_once(
    simulator_url: str, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step Functions owns the retries: a call that fails is not repeated here."""
    control.session("sg-1", **failing("GetStreamGroup", "InternalServerException", call=1))
    for name, value in {
        "AWS_ENDPOINT_URL_GAMELIFTSTREAMS": simulator_url,
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    provider = connect(Wiring(boto3.client, {}))
    assert provider.endpoint == simulator_url
    with pytest.raises(ServiceFailed):
        provider.prepare(GROUP, TOKEN, starting)
    assert len(control.calls()) == 1
    assert provider.prepare(GROUP, TOKEN, starting).status is READY
    assert provider.create(GROUP, TOKEN).status is READY

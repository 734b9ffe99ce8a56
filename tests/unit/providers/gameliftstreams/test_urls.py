"""A stream URL: made once, ready while its group has room, and handed over as long as it is ACTIVE."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    ServiceFailed,
    ServiceRefused,
    StreamNotReady,
)
from greenroom.domain.values import Status
from greenroom.providers.gameliftstreams.service import GameLiftStreams, connect
from greenroom.providers.port import Wiring
from tests.contract.support import Control
from tests.contract.support import connect as client_of
from tests.support.fakes import NOW, FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import (
    GROUP,
    NO_AGE,
    OTHER_TOKEN,
    PLACED,
    TOKEN,
    asked,
    failing,
    make_url,
    operations,
)

PENDING, READY, FAILED = Status.PENDING, Status.READY, Status.FAILED
STATES = {"ACTIVE": READY, "EXPIRED": FAILED, "REVOKED": FAILED, "LIMIT_REACHED": FAILED}
MADE = {"Arn": "arn:aws:gameliftstreams:us-west-2:123456789012:streamurl/sg-1/su-1", "Status": "ACTIVE"}


def test_these_are_all_states_of_the_service_model(simulator_url: str) -> None:
    model = client_of(simulator_url, "gameliftstreams").meta.service_model
    assert set(model.shape_for("StreamUrlStatus").enum) == set(STATES)


def test_the_same_client_token_makes_one_url(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", readyAfterSeconds=0)
    first, again = (gamelift.create(PLACED, TOKEN) for _ in range(2))
    other = gamelift.create(PLACED, OTHER_TOKEN)
    assert (first.status, first.started) == (READY, True)
    assert first.stream_id == again.stream_id != other.stream_id
    assert [call["clientToken"] for call in control.calls()] == [TOKEN, TOKEN, OTHER_TOKEN]


def test_a_repeat_after_a_lost_answer_finds_the_url_that_was_made(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", **failing("CreateStreamUrl", "LostResponse", call=1))
    with pytest.raises(EndpointUnreachable):
        gamelift.create(PLACED, TOKEN)
    assert gamelift.create(PLACED, TOKEN).stream_id == control.calls()[0]["streamId"]


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({}, {"UrlExpiresAfterMinutes": 60, "UsageLimit": 1}),
        ({"expirationInSeconds": 60}, {"UrlExpiresAfterMinutes": 1, "UsageLimit": 1}),
        ({"expirationInSeconds": 61, "usageLimit": 50}, {"UrlExpiresAfterMinutes": 2, "UsageLimit": 50}),
        ({"expirationInSeconds": 86_400}, {"UrlExpiresAfterMinutes": 1440, "UsageLimit": 1}),
    ],
    ids=str,
)
def test_the_service_is_asked_for_what_the_request_says_in_whole_minutes(
    more: dict[str, int], sent: dict[str, int], receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(201, MADE)
    made = GameLiftStreams(aws_client("gameliftstreams")).create(asked(locations=["us-west-2"], **more), TOKEN)
    assert made.stream_id == "su-1"  # from its ARN
    (request,) = receiver.received
    assert request.path == "/streamgroups/sg-1/streamurls"
    always = {"ApplicationIdentifier": "a-1", "Protocol": "WebRTC", "Locations": ["us-west-2"], "ClientToken": TOKEN}
    assert json.loads(request.body) == always | sent


def test_without_locations_a_url_is_for_those_that_are_active(gamelift: GameLiftStreams, control: Control) -> None:
    names = {"us-west-2": "ACTIVE", "us-east-1": "ERROR", "eu-west-1": "ACTIVE"}
    states = [{"locationName": name, "status": status} for name, status in names.items()]
    control.session("sg-1", readyAfterSeconds=0, locations=states)
    assert gamelift.create(GROUP, TOKEN).stream["locations"] == "us-west-2, eu-west-1"


def test_a_group_without_an_active_location_is_no_refusal(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", readyAfterSeconds=0, locations=[{"status": "ACTIVATING"}])
    with pytest.raises(CapacityUnavailable, match="No location of sg-1 is ACTIVE"):
        gamelift.create(GROUP, TOKEN)
    assert operations(control) == ["GetStreamGroup"]


def test_the_quota_of_active_urls_is_no_refusal(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", readyAfterSeconds=0)
    for number in range(5):
        gamelift.create(PLACED, f"{number}" * 64)
    with pytest.raises(CapacityUnavailable, match="CreateStreamUrl, status 402") as caught:
        gamelift.create(PLACED, TOKEN)
    assert caught.value.name == "ServiceQuotaExceededException"
    gamelift.release(PLACED, None, "0" * 64)
    assert gamelift.create(PLACED, TOKEN).status is READY


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
        provider.prepare(GROUP, TOKEN)
    assert len(control.calls()) == 1
    assert provider.prepare(GROUP, TOKEN).status is READY
    assert provider.create(GROUP, TOKEN).status is READY

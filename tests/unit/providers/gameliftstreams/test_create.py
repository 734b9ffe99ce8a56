"""A stream URL is made once, and waited for while there is no room for one more."""

from __future__ import annotations

import json

import pytest

from greenroom.domain.errors import CapacityUnavailable, EndpointUnreachable
from greenroom.domain.values import Status
from greenroom.providers.gameliftstreams.service import GameLiftStreams
from tests.contract.support import Control
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import (
    GROUP,
    MADE,
    OTHER_TOKEN,
    PLACED,
    TOKEN,
    asked,
    failing,
    operations,
)

READY = Status.READY


def test_the_same_client_token_makes_one_url(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", readyAfterSeconds=0)
    first, again = (gamelift.create(PLACED, TOKEN) for _ in range(2))
    other = gamelift.create(PLACED, OTHER_TOKEN)
    assert first.status is READY
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


def test_the_quota_of_the_account_is_no_refusal_either(gamelift: GameLiftStreams, control: Control) -> None:
    for number in range(20):
        group = asked(streamGroupId=f"sg-{number % 4}", locations=["us-west-2"])
        gamelift.create(group, f"{number:064}")
    with pytest.raises(CapacityUnavailable, match="the account has 20 active stream URLs"):
        gamelift.create(asked(streamGroupId="sg-9", locations=["us-west-2"]), TOKEN)
    assert operations(control) == ["CreateStreamUrl"] * 21

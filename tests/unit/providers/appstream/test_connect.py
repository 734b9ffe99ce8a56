"""The URL of a stream, which is made when it is handed over and not before."""

from __future__ import annotations

import json
from datetime import timedelta

import boto3
import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    MalformedAnswer,
    ServiceFailed,
    ServiceRefused,
    StreamNotReady,
)
from greenroom.domain.values import Status
from greenroom.providers.appstream.service import AppStream, connect
from greenroom.providers.port import Wiring
from tests.contract.support import Control
from tests.support.fakes import NOW, FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import FLEET, NO_AGE, STREAM, TOKEN, asked, failing
from tests.unit.providers.starts import starting


def test_a_stream_is_named_by_what_it_is_a_place_in_and_made_without_a_call(
    appstream: AppStream, control: Control
) -> None:
    progress = appstream.create(FLEET, TOKEN)
    assert (progress.status, progress.stream_id) == (Status.READY, STREAM)
    assert progress.stream == {"streamId": STREAM, "state": "RUNNING"}
    assert control.calls() == []
    assert appstream.create(FLEET, TOKEN) == progress


def test_a_stream_is_told_as_its_fleet_is(appstream: AppStream, control: Control) -> None:
    control.session("f", sessionState="STARTING")
    progress = appstream.describe(FLEET, STREAM, NO_AGE)
    assert progress.stream_id == STREAM
    assert progress.stream == {"streamId": STREAM, "state": "STARTING"}


@pytest.mark.parametrize("seconds", [1, 60, 604_800])
def test_a_url_works_for_as_long_as_the_request_says(
    seconds: int, appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", readyAfterSeconds=0)
    url = appstream.connect(asked(expirationInSeconds=seconds), STREAM)
    assert url.url.startswith("https://")
    assert url.url not in repr(url)
    asked_until = simulator_clock() + timedelta(seconds=seconds)
    # The service tells whole milliseconds at most.
    assert abs(url.expires_at - asked_until) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({}, {}),
        ({"applicationId": "Desktop"}, {"ApplicationId": "Desktop"}),
        (
            {"applicationId": "maya", "sessionContext": "-shot 12"},
            {"ApplicationId": "maya", "SessionContext": "-shot 12"},
        ),
    ],
    ids=str,
)
def test_the_service_is_asked_for_what_the_request_says_and_nothing_else(
    more: dict[str, str], sent: dict[str, str], receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, {"StreamingURL": "https://x.example", "Expires": 1_800_000_000})
    AppStream(aws_client("appstream")).connect(asked(**more), STREAM)
    (request,) = receiver.received
    assert request.headers["X-Amz-Target"] == "PhotonAdminProxyService.CreateStreamingURL"
    always = {"StackName": "stack", "FleetName": "f", "UserId": "ada", "Validity": 60}
    assert json.loads(request.body) == always | sent


def test_a_url_without_a_time_expires_when_it_was_asked_to_at_the_latest(
    receiver: Receiver, aws_client: AwsClient, clock: FakeClock
) -> None:
    receiver.will_answer(200, {"StreamingURL": "https://x.example"})
    url = AppStream(aws_client("appstream"), clock).connect(asked(expirationInSeconds=90), STREAM)
    assert url.expires_at == NOW + timedelta(seconds=90)


def test_an_answer_without_a_url_is_malformed(appstream: AppStream, control: Control) -> None:
    control.session("f", readyAfterSeconds=0, url=False)
    with pytest.raises(MalformedAnswer, match="did not show it"):
        appstream.connect(FLEET, STREAM)


@pytest.mark.parametrize("state", ["STARTING", "STOPPING", "STOPPED"])
def test_a_fleet_that_does_not_run_any_more_gives_no_url_yet(
    state: str, appstream: AppStream, control: Control
) -> None:
    control.session("f", sessionState=state, stopAfterSeconds=60)
    with pytest.raises(StreamNotReady, match=f"fleet f is {state}"):
        appstream.connect(FLEET, STREAM)


def test_a_fleet_that_has_filled_up_is_no_refusal(appstream: AppStream, control: Control) -> None:
    control.session("f", readyAfterSeconds=0, available=0)
    with pytest.raises(CapacityUnavailable) as caught:
        appstream.connect(FLEET, STREAM)
    assert caught.value.name == "ResourceNotAvailableException"


@pytest.mark.parametrize("error", ["OperationNotPermittedException", "InvalidParameterCombinationException"])
def test_what_a_running_fleet_does_not_permit_is_refused(error: str, appstream: AppStream, control: Control) -> None:
    control.session("f", **failing("CreateStreamingURL", error))
    with pytest.raises(ServiceRefused, match="CreateStreamingURL") as caught:
        appstream.connect(FLEET, STREAM)
    assert caught.value.name == error


def test_a_stack_that_does_not_exist_is_named(appstream: AppStream, control: Control) -> None:
    control.session("f", readyAfterSeconds=0)
    with pytest.raises(ServiceRefused, match="no stack missing-1") as caught:
        appstream.connect(asked(stackName="missing-1"), STREAM)
    assert caught.value.name == "ResourceNotFoundException"


def test_the_client_of_a_function_asks_the_endpoint_of_its_environment_once(
    simulator_url: str, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step Functions owns the retries: a call that fails is not repeated here."""
    control.session("f", **failing("DescribeFleets", "InternalFailure", call=1))
    for name, value in {
        "AWS_ENDPOINT_URL_APPSTREAM": simulator_url,
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    provider = connect(Wiring(boto3.client, {}))
    assert provider.endpoint == simulator_url
    with pytest.raises(ServiceFailed):
        provider.prepare(FLEET, TOKEN, starting)
    assert len(control.calls()) == 1
    control.session("f", readyAfterSeconds=0)
    assert provider.prepare(FLEET, TOKEN, starting).status is Status.READY

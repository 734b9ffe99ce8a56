"""A fleet that is STOPPED is started when the request says so, and only then."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    RequestEnded,
    ServiceRefused,
    ThrottlingException,
)
from greenroom.domain.values import Status
from greenroom.providers.appstream.service import AppStream
from tests.contract.support import Control
from tests.support.fakes import FakeClock
from tests.support.receiver import Answer, Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import FLEET, FLEET_TO_START, TOKEN, failing
from tests.unit.providers.starts import Starts, starting

PENDING, READY = Status.PENDING, Status.READY
AT_EACH_LOOK = ("STOPPED", "STARTING")


def operations(control: Control) -> list[str]:
    return [call["operation"] for call in control.calls()]


@pytest.mark.parametrize("state", ["STOPPED", "STOPPING"])
def test_a_fleet_that_nobody_starts_is_refused_with_what_would_be_right(
    state: str, appstream: AppStream, control: Control
) -> None:
    control.session("f", sessionState=state, stopAfterSeconds=60)
    with pytest.raises(
        ServiceRefused, match=f"fleet f is {state}: set startFleet to true, or start the fleet"
    ) as caught:
        appstream.prepare(FLEET, TOKEN, starting)
    assert caught.value.name == "FleetStopped"
    assert operations(control) == ["DescribeFleets"]


def test_a_stopped_fleet_is_started_and_awaited(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", sessionState="STOPPED", readyAfterSeconds=30)
    starts = Starts()
    progress = appstream.prepare(FLEET_TO_START, TOKEN, starts)
    assert (progress.status, progress.state) == (PENDING, "STARTING")
    assert appstream.prepare(FLEET_TO_START, TOKEN, starts).status is PENDING
    simulator_clock.advance(30)
    assert appstream.prepare(FLEET_TO_START, TOKEN, starts).status is READY
    assert operations(control).count("StartFleet") == starts.noted == 1


def test_a_fleet_is_not_started_for_a_request_that_has_ended(appstream: AppStream, control: Control) -> None:
    control.session("f", sessionState="STOPPED")
    with pytest.raises(RequestEnded):
        appstream.prepare(FLEET_TO_START, TOKEN, Starts(has_ended=True))
    assert operations(control) == ["DescribeFleets"]


def test_a_fleet_that_is_stopping_is_started_once_it_has_stopped(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", sessionState="STOPPING", stopAfterSeconds=20)
    starts = Starts()
    progress = appstream.prepare(FLEET_TO_START, TOKEN, starts)
    assert (progress.status, progress.state, starts.noted) == (PENDING, "STOPPING", 0)
    assert "StartFleet" not in operations(control)
    simulator_clock.advance(20)
    assert appstream.prepare(FLEET_TO_START, TOKEN, starts).state == "STARTING"
    assert starts.noted == 1


def test_a_fleet_that_fell_back_to_stopped_is_started_again_and_says_why_it_fell(
    appstream: AppStream, control: Control
) -> None:
    error = {"errorCode": "FLEET_INSTANCE_PROVISIONING_FAILURE", "errorMessage": "No instance came."}
    for _ in range(2):
        control.session("f", sessionState="STOPPED", fleetErrors=[error])
        progress = appstream.prepare(FLEET_TO_START, TOKEN, starting)
        assert (progress.status, progress.state, progress.detail) == (PENDING, "STARTING", "No instance came.")


@pytest.mark.parametrize("error", ["ConcurrentModificationException", "OperationNotPermittedException"])
def test_a_fleet_that_somebody_else_has_just_started_is_waited_for(
    error: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    described = [Answer(200, f'{{"Fleets": [{{"Name": "f", "State": "{state}"}}]}}'.encode()) for state in AT_EACH_LOOK]
    receiver.answers = [described[0], Answer(400, f'{{"__type": "{error}"}}'.encode()), described[1]]
    progress = AppStream(aws_client("appstream")).prepare(FLEET_TO_START, TOKEN, starting)
    assert (progress.status, progress.state) == (PENDING, "STARTING")
    targets = [request.headers["X-Amz-Target"].partition(".")[2] for request in receiver.received]
    assert targets == ["DescribeFleets", "StartFleet", "DescribeFleets"]


def test_a_fleet_whose_start_was_not_answered_is_not_started_again(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    """It was noted before that it would be, so that a release stops it."""
    starts = Starts()
    control.session("f", readyAfterSeconds=30, **failing("StartFleet", "LostResponse", call=1))
    with pytest.raises(EndpointUnreachable):
        appstream.prepare(FLEET_TO_START, TOKEN, starts)
    assert starts.noted == 1
    progress = appstream.prepare(FLEET_TO_START, TOKEN, starts)
    assert (progress.status, progress.state, starts.noted) == (PENDING, "STARTING", 1)
    simulator_clock.advance(30)
    assert appstream.prepare(FLEET_TO_START, TOKEN, starting).status is READY
    assert operations(control).count("StartFleet") == 1


def test_a_fleet_that_is_being_changed_is_asked_to_start_again(appstream: AppStream, control: Control) -> None:
    """AWS says of this error that a later call may do better."""
    control.session("f", **failing("StartFleet", "ConcurrentModificationException", call=1))
    progress = appstream.prepare(FLEET_TO_START, TOKEN, starting)
    assert (progress.status, progress.state) == (PENDING, "STOPPED")
    assert appstream.prepare(FLEET_TO_START, TOKEN, starting).state == "STARTING"


@pytest.mark.parametrize(
    "error", ["OperationNotPermittedException", "InvalidRoleException", "InvalidAccountStatusException"]
)
def test_a_fleet_that_may_not_be_started_is_refused(error: str, appstream: AppStream, control: Control) -> None:
    control.session("f", **failing("StartFleet", error))
    with pytest.raises(ServiceRefused, match="StartFleet") as caught:
        appstream.prepare(FLEET_TO_START, TOKEN, starting)
    assert caught.value.name == error


@pytest.mark.parametrize("error", ["LimitExceededException", "ResourceNotAvailableException"])
def test_a_fleet_that_there_is_no_room_for_is_waited_for(error: str, appstream: AppStream, control: Control) -> None:
    """LimitExceededException is the account's quota of instances, which botocore takes for too many calls."""
    control.session("f", **failing("StartFleet", error, call=1))
    with pytest.raises(CapacityUnavailable) as caught:
        appstream.prepare(FLEET_TO_START, TOKEN, starting)
    assert caught.value.name == error
    assert appstream.prepare(FLEET_TO_START, TOKEN, starting).state == "STARTING"


def test_too_many_calls_behind_a_start_are_waited_out(appstream: AppStream, control: Control) -> None:
    control.session("f", **failing("StartFleet", "RequestLimitExceededException"))
    with pytest.raises(ThrottlingException, match="StartFleet"):
        appstream.prepare(FLEET_TO_START, TOKEN, starting)

"""A fleet that is STOPPED is started when the request says so, and only then."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import CapacityUnavailable, EndpointUnreachable, ServiceRefused, ThrottlingException
from greenroom.domain.values import Status
from greenroom.providers.appstream.service import AppStream
from tests.contract.support import Control
from tests.support.fakes import FakeClock
from tests.support.receiver import Answer, Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import FLEET, FLEET_TO_START, TOKEN, failing

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
        appstream.prepare(FLEET, TOKEN)
    assert caught.value.name == "FleetStopped"
    assert operations(control) == ["DescribeFleets"]


def test_a_stopped_fleet_is_started_and_awaited(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", sessionState="STOPPED", readyAfterSeconds=30)
    progress = appstream.prepare(FLEET_TO_START, TOKEN)
    assert (progress.status, progress.state, progress.started) == (PENDING, "STARTING", True)
    assert appstream.prepare(FLEET_TO_START, TOKEN).status is PENDING
    simulator_clock.advance(30)
    assert appstream.prepare(FLEET_TO_START, TOKEN).status is READY
    assert operations(control).count("StartFleet") == 1


def test_a_fleet_that_is_stopping_is_started_once_it_has_stopped(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", sessionState="STOPPING", stopAfterSeconds=20)
    progress = appstream.prepare(FLEET_TO_START, TOKEN)
    assert (progress.status, progress.state, progress.started) == (PENDING, "STOPPING", False)
    assert "StartFleet" not in operations(control)
    simulator_clock.advance(20)
    assert appstream.prepare(FLEET_TO_START, TOKEN).started


def test_a_fleet_that_fell_back_to_stopped_is_started_again_and_says_why_it_fell(
    appstream: AppStream, control: Control
) -> None:
    error = {"errorCode": "FLEET_INSTANCE_PROVISIONING_FAILURE", "errorMessage": "No instance came."}
    for _ in range(2):
        control.session("f", sessionState="STOPPED", fleetErrors=[error])
        progress = appstream.prepare(FLEET_TO_START, TOKEN)
        assert (progress.status, progress.started, progress.detail) == (PENDING, True, "No instance came.")


@pytest.mark.parametrize("error", ["ConcurrentModificationException", "OperationNotPermittedException"])
def test_a_fleet_that_somebody_else_has_just_started_is_waited_for(
    error: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    """It is theirs: Greenroom has started nothing that a release would stop."""
    described = [Answer(200, f'{{"Fleets": [{{"Name": "f", "State": "{state}"}}]}}'.encode()) for state in AT_EACH_LOOK]
    receiver.answers = [described[0], Answer(400, f'{{"__type": "{error}"}}'.encode()), described[1]]
    progress = AppStream(aws_client("appstream")).prepare(FLEET_TO_START, TOKEN)
    assert (progress.status, progress.state, progress.started) == (PENDING, "STARTING", False)
    targets = [request.headers["X-Amz-Target"].partition(".")[2] for request in receiver.received]
    assert targets == ["DescribeFleets", "StartFleet", "DescribeFleets"]


def test_a_fleet_whose_start_was_not_answered_is_not_started_again(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    """Who started it, nobody can tell any more: it is nothing that a release would stop."""
    control.session("f", readyAfterSeconds=30, **failing("StartFleet", "LostResponse", call=1))
    with pytest.raises(EndpointUnreachable):
        appstream.prepare(FLEET_TO_START, TOKEN)
    progress = appstream.prepare(FLEET_TO_START, TOKEN)
    assert (progress.status, progress.state, progress.started) == (PENDING, "STARTING", False)
    simulator_clock.advance(30)
    assert appstream.prepare(FLEET_TO_START, TOKEN).status is READY
    assert operations(control).count("StartFleet") == 1


def test_a_fleet_that_is_being_changed_is_asked_to_start_again(appstream: AppStream, control: Control) -> None:
    """AWS says of this error that a later call may do better."""
    control.session("f", **failing("StartFleet", "ConcurrentModificationException", call=1))
    progress = appstream.prepare(FLEET_TO_START, TOKEN)
    assert (progress.status, progress.state, progress.started) == (PENDING, "STOPPED", False)
    assert appstream.prepare(FLEET_TO_START, TOKEN).started


@pytest.mark.parametrize(
    "error", ["OperationNotPermittedException", "InvalidRoleException", "InvalidAccountStatusException"]
)
def test_a_fleet_that_may_not_be_started_is_refused(error: str, appstream: AppStream, control: Control) -> None:
    control.session("f", **failing("StartFleet", error))
    with pytest.raises(ServiceRefused, match="StartFleet") as caught:
        appstream.prepare(FLEET_TO_START, TOKEN)
    assert caught.value.name == error


@pytest.mark.parametrize("error", ["LimitExceededException", "ResourceNotAvailableException"])
def test_a_fleet_that_there_is_no_room_for_is_waited_for(error: str, appstream: AppStream, control: Control) -> None:
    """LimitExceededException is the account's quota of instances, which botocore takes for too many calls."""
    control.session("f", **failing("StartFleet", error, call=1))
    with pytest.raises(CapacityUnavailable) as caught:
        appstream.prepare(FLEET_TO_START, TOKEN)
    assert caught.value.name == error
    assert appstream.prepare(FLEET_TO_START, TOKEN).started


def test_too_many_calls_behind_a_start_are_waited_out(appstream: AppStream, control: Control) -> None:
    control.session("f", **failing("StartFleet", "RequestLimitExceededException"))
    with pytest.raises(ThrottlingException, match="StartFleet"):
        appstream.prepare(FLEET_TO_START, TOKEN)

"""A fleet that Greenroom started is stopped, unless others use it by now."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import ServiceFailed, ServiceRefused
from greenroom.domain.values import Status
from greenroom.providers.appstream.service import AppStream
from tests.contract.support import Control
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import FLEET, NO_AGE, STREAM, TOKEN, asked, failing


def operations(control: Control) -> list[str]:
    return [call["operation"] for call in control.calls()]


@pytest.mark.parametrize("stream_id", [STREAM, None])
@pytest.mark.parametrize("state", ["STARTING", "RUNNING", "HIBERNATING"])
def test_a_fleet_is_stopped_when_it_is_let_go(
    state: str, stream_id: str | None, appstream: AppStream, control: Control
) -> None:
    control.session("f", sessionState=state, readyAfterSeconds=None)
    appstream.release(FLEET, stream_id, TOKEN)
    assert operations(control) == ["DescribeFleets", "StopFleet"]
    assert appstream.describe(FLEET, STREAM, NO_AGE).state == "STOPPING"


@pytest.mark.parametrize(
    "used", [{"inUse": 1}, {"availableUserSessions": 3, "activeUserSessions": 1, "available": 1}], ids=str
)
def test_a_fleet_that_others_use_by_now_runs_on(used: dict[str, Any], appstream: AppStream, control: Control) -> None:
    control.session("f", readyAfterSeconds=0, **used)
    appstream.release(FLEET, STREAM, TOKEN)
    assert operations(control) == ["DescribeFleets"]
    assert appstream.describe(FLEET, STREAM, NO_AGE).status is Status.READY


def test_a_user_on_an_instance_in_drain_mode_uses_the_fleet_too(receiver: Receiver, aws_client: AwsClient) -> None:
    capacity = {"Desired": 1, "Available": 0, "DrainModeActiveUserSessions": 1}
    receiver.will_answer(200, {"Fleets": [{"Name": "f", "State": "RUNNING", "ComputeCapacityStatus": capacity}]})
    AppStream(aws_client("appstream")).release(FLEET, STREAM, TOKEN)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("state", ["STOPPING", "STOPPED"])
def test_a_fleet_that_stops_or_has_stopped_already_is_let_go(
    state: str, appstream: AppStream, control: Control
) -> None:
    control.session("f", sessionState=state, stopAfterSeconds=60)
    appstream.release(FLEET, None, TOKEN)
    assert operations(control) == ["DescribeFleets"]


def test_letting_go_twice_is_no_error(appstream: AppStream, control: Control, simulator_clock: FakeClock) -> None:
    """Changes of a record come at least once, and again with each delivery that is marked."""
    control.session("f", stopAfterSeconds=1)
    for _ in range(3):
        appstream.release(FLEET, STREAM, TOKEN)
        simulator_clock.advance(1)
    assert operations(control).count("StopFleet") == 1


def test_a_fleet_that_does_not_exist_is_let_go(appstream: AppStream, control: Control) -> None:
    appstream.release(asked(fleetName="missing-1"), STREAM, TOKEN)
    control.session("f", **failing("StopFleet", "ResourceNotFoundException"))
    appstream.release(FLEET, STREAM, TOKEN)


def test_a_fleet_that_is_being_changed_comes_again(appstream: AppStream, control: Control) -> None:
    control.session("f", **failing("StopFleet", "ConcurrentModificationException", call=1))
    with pytest.raises(ServiceFailed) as caught:
        appstream.release(FLEET, STREAM, TOKEN)
    assert caught.value.name == "ConcurrentModificationException"
    appstream.release(FLEET, STREAM, TOKEN)
    assert appstream.describe(FLEET, STREAM, NO_AGE).state == "STOPPING"


@pytest.mark.parametrize("operation", ["DescribeFleets", "StopFleet"])
def test_any_other_refusal_is_one(operation: str, appstream: AppStream, control: Control) -> None:
    control.session("f", **failing(operation, "AccessDeniedException"))
    with pytest.raises(ServiceRefused) as caught:
        appstream.release(FLEET, STREAM, TOKEN)
    assert caught.value.name == "AccessDeniedException"

"""How far a stream group is, and whether it has room, told by the simulated service."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import RequestEnded, ServiceRefused
from greenroom.domain.values import Progress, Status
from greenroom.providers.bodies import read
from greenroom.providers.gameliftstreams.service import GameLiftStreams, Group, progress_of
from tests.contract.support import Control, connect
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.gameliftstreams.calls import GROUP, TOKEN, asked, operations
from tests.unit.providers.starts import Starts, starting

PENDING, READY, FAILED = Status.PENDING, Status.READY, Status.FAILED
STATES = {
    "ACTIVATING": PENDING,
    "UPDATING_LOCATIONS": PENDING,
    "ACTIVE": READY,
    "ACTIVE_WITH_ERRORS": READY,
    "ERROR": FAILED,
    "DELETING": FAILED,
    "EXPIRED": FAILED,
}
UNKNOWN = {"HIBERNATING": PENDING, "active": PENDING, "ACTIVE_SOON": PENDING}
FULL = "the stream group sg-1 is at capacity"


def location(name: str, status: str = "ACTIVE", **capacity: Any) -> dict[str, Any]:
    """Write a location as the service does."""
    return {"LocationName": name, "Status": status, **{k[0].upper() + k[1:]: v for k, v in capacity.items()}}


def judged(*locations: dict[str, Any], asked_for: list[str] | None = None) -> Progress:
    group = read(Group, {"Status": "ACTIVE", "LocationStates": list(locations)})
    return progress_of(group, asked(locations=asked_for))


def test_these_are_all_states_of_the_service_model(simulator_url: str) -> None:
    model = connect(simulator_url, "gameliftstreams").meta.service_model
    assert set(model.shape_for("StreamGroupStatus").enum) == set(STATES)


@pytest.mark.parametrize(("state", "status"), (STATES | UNKNOWN).items())
def test_a_group_is_as_far_as_its_state_says(
    state: str, status: Status, gamelift: GameLiftStreams, control: Control
) -> None:
    control.session("sg-1", sessionState=state, finalState=state, readyAfterSeconds=0)
    progress = gamelift.prepare(GROUP, TOKEN, starting)
    assert (progress.status, progress.state) == (status, state)
    assert operations(control) == ["GetStreamGroup"]


def test_a_group_that_is_activating_is_waited_for(
    gamelift: GameLiftStreams, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("sg-1", sessionState="ACTIVATING", readyAfterSeconds=30)
    assert gamelift.prepare(GROUP, TOKEN, starting).status is PENDING
    simulator_clock.advance(30)
    assert gamelift.prepare(GROUP, TOKEN, starting).status is READY


def test_from_a_ready_group_on_there_may_be_a_url_that_a_release_revokes(
    gamelift: GameLiftStreams, control: Control
) -> None:
    starts = Starts()
    control.session("sg-1", readyAfterSeconds=0, idleCapacity=0)
    gamelift.prepare(GROUP, TOKEN, starts)
    assert starts.noted == 0
    control.session("sg-1", readyAfterSeconds=0)
    gamelift.prepare(GROUP, TOKEN, starts)
    assert starts.noted == 1


def test_for_a_request_that_has_ended_a_ready_group_is_not_told_as_ready(
    gamelift: GameLiftStreams, control: Control
) -> None:
    control.session("sg-1", readyAfterSeconds=0)
    with pytest.raises(RequestEnded):
        gamelift.prepare(GROUP, TOKEN, Starts(has_ended=True))


@pytest.mark.parametrize("reason", ["internalError", "noAvailableInstances"])
def test_a_group_that_could_not_be_deployed_has_failed_and_says_why(
    reason: str, receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, {"Arn": "arn", "Status": "ERROR", "StatusReason": reason})
    progress = GameLiftStreams(aws_client("gameliftstreams")).prepare(GROUP, TOKEN, starting)
    assert (progress.status, progress.state, progress.status_code) == (FAILED, "ERROR", reason)


@pytest.mark.parametrize("capacity", [{"idleCapacity": 0}, {"readyAfterSeconds": None}], ids=str)
def test_a_full_group_is_waited_for(capacity: dict[str, Any], gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", **{"readyAfterSeconds": 0, **capacity})
    progress = gamelift.prepare(GROUP, TOKEN, starting)
    assert (progress.status, progress.state, progress.detail) == (PENDING, "ACTIVE", FULL)


def test_a_group_that_may_grow_has_room(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", readyAfterSeconds=0, idleCapacity=0, onDemandCapacity=1)
    assert gamelift.prepare(GROUP, TOKEN, starting).status is READY


@pytest.mark.parametrize(
    ("capacity", "status"),
    [
        ({"idleCapacity": 1, "allocatedCapacity": 4, "maximumCapacity": 4}, READY),
        ({"idleCapacity": 0, "allocatedCapacity": 3, "maximumCapacity": 4}, READY),
        ({"idleCapacity": 0, "allocatedCapacity": 4, "maximumCapacity": 4}, PENDING),
        ({"allocatedCapacity": 2, "alwaysOnCapacity": 2, "onDemandCapacity": 1}, READY),
        ({"allocatedCapacity": 3, "alwaysOnCapacity": 2, "onDemandCapacity": 1}, PENDING),
        ({"allocatedCapacity": 3, "maximumCapacity": 3, "alwaysOnCapacity": 2, "onDemandCapacity": 2}, PENDING),
        # An always-on instance that has not come yet, with an on-demand one that may, and without.
        ({"allocatedCapacity": 0, "maximumCapacity": 2, "alwaysOnCapacity": 1}, READY),
        ({"allocatedCapacity": 0, "maximumCapacity": 1, "alwaysOnCapacity": 1}, PENDING),
        ({"allocatedCapacity": 2}, PENDING),
        ({}, PENDING),
    ],
    ids=str,
)
def test_room_is_idle_capacity_or_what_may_still_be_allocated(capacity: dict[str, Any], status: Status) -> None:
    assert judged(location("us-west-2", **capacity)).status is status


@pytest.mark.parametrize("status", ["ACTIVATING", "ERROR", "REMOVING", "RESTING"])
def test_a_location_that_is_not_active_has_no_room(status: str) -> None:
    progress = judged(location("us-west-2", status, idleCapacity=1))
    assert (progress.status, progress.detail) == (PENDING, "the stream group sg-1 has no location that is ACTIVE")
    assert judged(location("us-west-2", status), location("us-east-1", idleCapacity=1)).status is READY


def test_a_group_without_locations_is_not_ready() -> None:
    assert judged().status is PENDING


@pytest.mark.parametrize(
    ("wanted", "status"), [(["us-east-1"], PENDING), (["us-west-2"], READY), (["us-east-1", "us-west-2"], READY)]
)
def test_only_the_wanted_locations_count(
    wanted: list[str], status: Status, gamelift: GameLiftStreams, control: Control
) -> None:
    full = {"locationName": "us-east-1", "idleCapacity": 0}
    control.session("sg-1", readyAfterSeconds=0, locations=[{"locationName": "us-west-2"}, full])
    assert gamelift.prepare(asked(locations=wanted), TOKEN, starting).status is status


@pytest.mark.parametrize("wanted", [["eu-west-1"], ["us-west-2", "eu-west-1"]])
def test_a_location_that_the_group_does_not_have_is_refused_with_those_that_it_has(
    wanted: list[str], gamelift: GameLiftStreams, control: Control
) -> None:
    control.session("sg-1", locations=[{"locationName": "us-west-2"}, {"locationName": "us-east-1"}])
    text = "sg-1 is not in eu-west-1: locations must be of those that it has, us-west-2, us-east-1"
    with pytest.raises(ServiceRefused, match=text) as caught:
        gamelift.prepare(asked(locations=wanted), TOKEN, starting)
    assert caught.value.name == "LocationNotInGroup"


@pytest.mark.usefixtures("control")
def test_a_group_that_does_not_exist_is_named(gamelift: GameLiftStreams) -> None:
    with pytest.raises(ServiceRefused, match="missing-1") as caught:
        gamelift.prepare(asked(streamGroupId="missing-1"), TOKEN, starting)
    assert caught.value.name == "ResourceNotFoundException"


def test_a_group_may_be_named_by_its_arn(gamelift: GameLiftStreams, control: Control) -> None:
    control.session("sg-1", readyAfterSeconds=0)
    arn = "arn:aws:gameliftstreams:us-west-2:123456789012:streamgroup/sg-1"
    assert gamelift.prepare(asked(streamGroupId=arn), TOKEN, starting).status is READY
    assert control.calls()[0]["sessionId"] == "sg-1"

"""How far a fleet is, for every state of the service model and every kind of fleet, told by the simulated service."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import MalformedAnswer, ServiceRefused
from greenroom.domain.values import Status
from greenroom.providers.appstream.service import AppStream
from tests.contract.support import Control, connect
from tests.support.fakes import FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.appstream.calls import FLEET, FLEET_TO_START, NO_AGE, STREAM, TOKEN, asked
from tests.unit.providers.starts import Starts, starting

PENDING, READY = Status.PENDING, Status.READY
STATES = {"STARTING": PENDING, "RUNNING": READY, "STOPPING": PENDING, "STOPPED": PENDING}
UNKNOWN = {"HIBERNATING": PENDING, "running": PENDING, "RUNNING_SOON": PENDING}
NO_PLACE = "the fleet f has no place free"


def test_these_are_all_states_of_the_service_model(simulator_url: str) -> None:
    model = connect(simulator_url, "appstream").meta.service_model
    assert set(model.shape_for("FleetState").enum) == set(STATES)


@pytest.mark.parametrize(("state", "status"), (STATES | UNKNOWN).items())
def test_a_fleet_is_as_far_as_its_state_says(
    state: str, status: Status, appstream: AppStream, control: Control
) -> None:
    control.session("f", sessionState=state, readyAfterSeconds=None if state == "STARTING" else 0)
    described = appstream.describe(FLEET, STREAM, NO_AGE)
    assert (described.status, described.state) == (status, state)
    if state not in {"STOPPED", "STOPPING"}:
        starts = Starts()
        prepared = appstream.prepare(FLEET, TOKEN, starts)
        assert (prepared.status, prepared.state, starts.noted) == (status, state, 0)


@pytest.mark.parametrize("fields", [FLEET, FLEET_TO_START], ids=["left alone", "started"])
def test_a_fleet_that_is_starting_is_waited_for(
    fields: Any, appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", sessionState="STARTING", readyAfterSeconds=30)
    assert appstream.prepare(fields, TOKEN, starting).status is PENDING
    simulator_clock.advance(30)
    assert appstream.prepare(fields, TOKEN, starting).status is READY
    assert {call["operation"] for call in control.calls()} == {"DescribeFleets"}


def test_a_fleet_that_has_begun_to_run_and_has_no_instance_yet_is_not_ready(
    appstream: AppStream, control: Control, simulator_clock: FakeClock
) -> None:
    control.session("f", readyAfterSeconds=30)
    progress = appstream.prepare(FLEET, TOKEN, starting)
    assert (progress.status, progress.state, progress.detail) == (PENDING, "RUNNING", NO_PLACE)
    simulator_clock.advance(30)
    assert appstream.prepare(FLEET, TOKEN, starting).status is READY


@pytest.mark.parametrize(
    ("capacity", "status"),
    [
        ({"available": 1}, READY),
        ({"available": 0, "inUse": 5}, PENDING),
        ({"fleetType": "ALWAYS_ON", "available": 0, "inUse": 5}, PENDING),
        ({"available": 1, "availableUserSessions": 3}, READY),
        ({"available": 0, "inUse": 1, "availableUserSessions": 3, "activeUserSessions": 2}, READY),
        ({"available": 1, "availableUserSessions": 0, "activeUserSessions": 5}, PENDING),
        ({"fleetType": "ELASTIC", "available": 0}, READY),
    ],
    ids=str,
)
def test_a_running_fleet_is_ready_if_it_has_a_place_free(
    capacity: dict[str, Any], status: Status, appstream: AppStream, control: Control
) -> None:
    control.session("f", readyAfterSeconds=0, **capacity)
    for progress in (appstream.prepare(FLEET, TOKEN, starting), appstream.describe(FLEET, STREAM, NO_AGE)):
        assert progress.status is status
        assert progress.detail == (NO_PLACE if status is PENDING else None)


@pytest.mark.parametrize(
    ("fleet", "status"),
    [
        ({"FleetType": "ELASTIC"}, READY),
        ({"ComputeCapacityStatus": {"Desired": 1, "Available": 1, "AvailableUserSessions": 0}}, READY),
        ({"ComputeCapacityStatus": {"Desired": 1}}, PENDING),
        ({"ComputeCapacityStatus": {"Desired": 1, "Available": 2}, "MaxSessionsPerInstance": 5}, READY),
        ({}, PENDING),
    ],
    ids=str,
)
def test_members_that_a_fleet_may_lack_are_not_missed(
    fleet: dict[str, Any], status: Status, receiver: Receiver, aws_client: AwsClient
) -> None:
    """Only a fleet of several sessions an instance is judged by its sessions, and an Elastic one by none of these."""
    receiver.will_answer(200, {"Fleets": [{"Name": "f", "State": "RUNNING", **fleet}]})
    assert AppStream(aws_client("appstream")).prepare(FLEET, TOKEN, starting).status is status


def test_the_fleet_s_own_errors_are_told(appstream: AppStream, control: Control) -> None:
    errors = [
        {"errorCode": "SUBNET_HAS_INSUFFICIENT_IP_ADDRESSES", "errorMessage": "No addresses left."},
        {"errorCode": "FLEET_INSTANCE_PROVISIONING_FAILURE", "errorMessage": "No instance came."},
    ]
    control.session("f", readyAfterSeconds=0, available=0, fleetErrors=errors)
    told = "No addresses left.; No instance came."
    assert appstream.prepare(FLEET, TOKEN, starting).detail == f"{NO_PLACE}; {told}"
    control.session("f", sessionState="STARTING", fleetErrors=errors)
    assert appstream.prepare(FLEET, TOKEN, starting).detail == told


def test_an_error_without_words_is_told_by_its_code(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(
        200, {"Fleets": [{"Name": "f", "State": "STARTING", "FleetErrors": [{"ErrorCode": "IMAGE_NOT_FOUND"}]}]}
    )
    assert AppStream(aws_client("appstream")).prepare(FLEET, TOKEN, starting).detail == "IMAGE_NOT_FOUND"


def test_a_fleet_is_looked_for_on_every_page(appstream: AppStream, control: Control) -> None:
    control.session("f", readyAfterSeconds=0, emptyPages=3)
    assert appstream.prepare(FLEET, TOKEN, starting).status is READY
    assert len(control.calls()) == 4


def test_pages_without_an_end_are_not_read_for_ever(receiver: Receiver, aws_client: AwsClient) -> None:
    receiver.will_answer(200, {"Fleets": [], "NextToken": "more"})
    with pytest.raises(MalformedAnswer, match="more than 20 pages"):
        AppStream(aws_client("appstream")).prepare(FLEET, TOKEN, starting)
    assert len(receiver.received) == 20


@pytest.mark.parametrize("answer", [{"Fleets": []}, {"Fleets": [{"Name": "F", "State": "RUNNING"}]}], ids=str)
def test_a_fleet_that_is_not_in_the_answer_does_not_exist(
    answer: dict[str, Any], receiver: Receiver, aws_client: AwsClient
) -> None:
    receiver.will_answer(200, answer)
    with pytest.raises(ServiceRefused, match="no fleet f: fleetName must be one that exists") as caught:
        AppStream(aws_client("appstream")).prepare(FLEET, TOKEN, starting)
    assert caught.value.name == "ResourceNotFoundException"


@pytest.mark.usefixtures("control")
def test_a_fleet_that_does_not_exist_is_named(appstream: AppStream) -> None:
    with pytest.raises(ServiceRefused, match="missing-1") as caught:
        appstream.prepare(asked(fleetName="missing-1"), TOKEN, starting)
    assert caught.value.name == "ResourceNotFoundException"

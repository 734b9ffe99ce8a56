"""A fleet's life: started, running with and without room, stopped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conformance import Witness
from tests.contract.support import Client, Control, FakeClock

NAME = {"Name": "s"}


def _fleet(client: Client, name: str = "s") -> dict[str, Any]:
    (fleet,) = client.describe_fleets(Names=[name])["Fleets"]
    assert isinstance(fleet, dict)
    return fleet


def _seen(client: Client) -> tuple[str, int]:
    fleet = _fleet(client)
    return fleet["State"], fleet["ComputeCapacityStatus"]["Available"]


def test_an_unset_fleet_is_running_and_has_room_three_seconds_after_it_was_first_seen(
    client: Client, clock: FakeClock
) -> None:
    assert _seen(client) == ("RUNNING", 0)
    clock.advance(2.9)
    assert _seen(client) == ("RUNNING", 0)
    clock.advance(0.1)
    assert _seen(client) == ("RUNNING", 1)


def test_a_fleet_can_have_room_at_once(control: Control, client: Client) -> None:
    control.session("s", readyAfterSeconds=0)
    assert _seen(client) == ("RUNNING", 1)


def test_a_stopped_fleet_stays_so_until_it_is_started(control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", sessionState="STOPPED", readyAfterSeconds=5)
    clock.advance(86_400)
    assert _seen(client) == ("STOPPED", 0)

    client.start_fleet(**NAME)
    clock.advance(4.9)
    assert _seen(client) == ("STARTING", 0)
    clock.advance(0.1)
    assert _seen(client) == ("RUNNING", 1)


def test_a_fleet_can_be_found_starting(control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", sessionState="STARTING")
    assert _seen(client) == ("STARTING", 0)
    clock.advance(3)
    assert _seen(client) == ("RUNNING", 1)


def test_a_start_can_fail(control: Control, client: Client, clock: FakeClock) -> None:
    error = {"errorCode": "SUBNET_NOT_FOUND", "errorMessage": "There is no subnet-1."}
    control.session("s", sessionState="STOPPED", finalState="STOPPED", fleetErrors=[error])
    client.start_fleet(**NAME)
    assert _seen(client) == ("STARTING", 0)
    clock.advance(3)
    assert _seen(client) == ("STOPPED", 0)
    assert _fleet(client)["FleetErrors"] == [{"ErrorCode": "SUBNET_NOT_FOUND", "ErrorMessage": "There is no subnet-1."}]


@pytest.mark.parametrize("never", [{"readyAfterSeconds": None}, {"available": 0}])
def test_a_running_fleet_may_never_have_room(
    never: dict[str, Any], control: Control, client: Client, clock: FakeClock
) -> None:
    control.session("s", **never)
    clock.advance(86_400)
    assert _seen(client) == ("RUNNING", 0)


def test_a_fleet_shows_what_is_in_use(control: Control, client: Client) -> None:
    control.session("s", readyAfterSeconds=0, available=2, inUse=3)
    capacity = {"Desired": 5, "Running": 5, "InUse": 3, "Available": 2}
    assert _fleet(client)["ComputeCapacityStatus"] == capacity


def test_a_fleet_of_several_sessions_an_instance_counts_sessions_too(
    control: Control, client: Client, clock: FakeClock
) -> None:
    control.session("s", available=0, inUse=1, availableUserSessions=2, activeUserSessions=3)
    assert _fleet(client)["ComputeCapacityStatus"]["AvailableUserSessions"] == 0
    clock.advance(3)
    fleet = _fleet(client)
    assert fleet["MaxSessionsPerInstance"] == 5
    counted = {"DesiredUserSessions": 5, "ActualUserSessions": 5, "AvailableUserSessions": 2, "ActiveUserSessions": 3}
    assert fleet["ComputeCapacityStatus"] == {"Desired": 1, "Running": 1, "InUse": 1, "Available": 0} | counted


def test_an_unknown_state_goes_out_as_it_is_and_lasts(
    control: Control, client: Client, witness: Witness, clock: FakeClock
) -> None:
    control.session("s", sessionState="HIBERNATING")
    clock.advance(86_400)
    assert _seen(client) == ("HIBERNATING", 0)
    assert witness.take() == ["DescribeFleets.Fleets[0].State is HIBERNATING, which its enum lacks"]


def test_an_unknown_state_can_come_to_an_end(
    control: Control, client: Client, witness: Witness, clock: FakeClock
) -> None:
    control.session("s", sessionState="HIBERNATING", finalState="RUNNING")
    _fleet(client)
    assert witness.take()
    clock.advance(3)
    assert _seen(client) == ("RUNNING", 1)


@pytest.mark.parametrize("state", ["RUNNING", "STARTING", "STOPPING"])
def test_only_a_stopped_fleet_starts(state: str, control: Control, client: Client) -> None:
    control.session("s", sessionState=state)
    with pytest.raises(client.exceptions.OperationNotPermittedException) as raised:
        client.start_fleet(**NAME)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("state", ["RUNNING", "STARTING", "STOPPING", "STOPPED"])
def test_a_fleet_stops_whatever_its_state(state: str, control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", sessionState=state, readyAfterSeconds=60)
    client.stop_fleet(**NAME)
    assert _seen(client)[0] == ("STOPPED" if state == "STOPPED" else "STOPPING")
    clock.advance(1)
    assert _seen(client)[0] == "STOPPED"


def test_fleets_come_in_pages_also_when_they_are_named(control: Control, client: Client) -> None:
    control.session("s", emptyPages=2)
    pages = list(client.get_paginator("describe_fleets").paginate(Names=["a", "s", "b"]))
    assert [[fleet["Name"] for fleet in page["Fleets"]] for page in pages] == [["a"], [], ["s", "b"]]
    first = client.describe_fleets(Names=["s"])
    assert (first["Fleets"], bool(first["NextToken"])) == ([], True)


def test_without_names_all_fleets_are_described(control: Control, client: Client) -> None:
    assert client.describe_fleets()["Fleets"] == []
    for number in range(30):
        control.session(f"fleet-{number}")
    pages = list(client.get_paginator("describe_fleets").paginate())
    assert [len(page["Fleets"]) for page in pages] == [25, 5]


@pytest.mark.parametrize("token", ["1", "x"])
def test_a_page_that_was_not_offered_is_refused(token: str, client: Client) -> None:
    with pytest.raises(client.exceptions.ClientError, match="NextToken"):
        client.describe_fleets(Names=["s"], NextToken=token)

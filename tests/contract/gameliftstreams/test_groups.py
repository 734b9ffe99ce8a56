"""A stream group: its status, and the capacity of its locations."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from tests.contract.conformance import Witness
from tests.contract.support import Client, Control, FakeClock

ARN = "arn:aws:gameliftstreams:us-west-2:123456789012:streamgroup/s"


def _seen(client: Client) -> tuple[str, str, int]:
    group = client.get_stream_group(Identifier="s")
    (location,) = group["LocationStates"]
    return group["Status"], location["Status"], location["IdleCapacity"]


def test_an_unset_group_is_active_and_has_room_three_seconds_after_it_was_first_seen(
    client: Client, clock: FakeClock
) -> None:
    assert _seen(client) == ("ACTIVE", "ACTIVE", 0)
    clock.advance(2.9)
    assert _seen(client) == ("ACTIVE", "ACTIVE", 0)
    clock.advance(0.1)
    assert _seen(client) == ("ACTIVE", "ACTIVE", 1)


def test_a_group_that_is_activating_becomes_active(control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", sessionState="ACTIVATING")
    assert _seen(client) == ("ACTIVATING", "ACTIVATING", 0)
    clock.advance(3)
    assert _seen(client) == ("ACTIVE", "ACTIVE", 1)


@pytest.mark.parametrize("final", ["ERROR", "ACTIVE_WITH_ERRORS"])
def test_a_group_may_come_into_another_state(final: str, control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", sessionState="ACTIVATING", finalState=final)
    clock.advance(3)
    assert _seen(client)[0] == final


@pytest.mark.parametrize("never", [{"readyAfterSeconds": None}, {"idleCapacity": 0}])
def test_a_group_may_never_have_room(never: dict[str, Any], control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", **never)
    clock.advance(86_400)
    assert _seen(client) == ("ACTIVE", "ACTIVE", 0)


def test_each_location_has_a_state_and_a_capacity(control: Control, client: Client) -> None:
    locations = [
        {"locationName": "us-west-2", "idleCapacity": 0},
        {"locationName": "eu-west-1"},
        {"locationName": "eu-central-1", "status": "ERROR", "idleCapacity": 0},
    ]
    control.session("s", readyAfterSeconds=0, idleCapacity=4, onDemandCapacity=2, locations=locations)
    states = client.get_stream_group(Identifier="s")["LocationStates"]
    assert [(state["LocationName"], state["Status"], state["IdleCapacity"]) for state in states] == [
        ("us-west-2", "ACTIVE", 0),
        ("eu-west-1", "ACTIVE", 4),
        ("eu-central-1", "ERROR", 0),
    ]
    assert (states[1]["AllocatedCapacity"], states[1]["MaximumCapacity"], states[1]["OnDemandCapacity"]) == (4, 6, 2)


def test_an_unknown_status_goes_out_as_it_is_and_lasts(
    control: Control, client: Client, witness: Witness, clock: FakeClock
) -> None:
    control.session("s", sessionState="HIBERNATING")
    clock.advance(86_400)
    assert _seen(client)[0] == "HIBERNATING"
    assert witness.take() == ["GetStreamGroup.Status is HIBERNATING, which its enum lacks"]


def test_a_group_is_found_by_its_arn_too(control: Control, client: Client) -> None:
    control.session("s", readyAfterSeconds=0, idleCapacity=7)
    group = client.get_stream_group(Identifier=ARN)
    assert (group["Arn"], group["Id"]) == (ARN, "s")
    assert group["LocationStates"][0]["IdleCapacity"] == 7
    assert [call["sessionId"] for call in control.calls()] == ["s"]


@pytest.mark.parametrize("identifier", ["missing-1", ARN[:-1] + "missing-1", "x" * 33])
def test_a_group_that_is_missing_is_not_found(identifier: str, client: Client) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as raised:
        client.get_stream_group(Identifier=identifier)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert identifier in raised.value.response["Message"]


@pytest.mark.parametrize("identifier", ["a b", "ä", "a/b", "arn:aws:s3:::bucket", "x" * 129])
def test_what_is_neither_an_id_nor_an_arn_is_refused(identifier: str, client: Client) -> None:
    with pytest.raises(client.exceptions.ValidationException, match="Identifier"):
        client.get_stream_group(Identifier=identifier)


def test_an_error_has_its_name_in_a_header_and_a_message_with_a_capital(url: str) -> None:
    answer = urllib3.request("GET", f"{url}/streamgroups/{quote(ARN[:-1], safe='')}missing")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "ResourceNotFoundException")
    assert answer.json().keys() == {"Message"}


def test_a_path_of_no_operation_is_an_unknown_operation(url: str) -> None:
    answer = urllib3.request("GET", f"{url}/streamgroups/s/bogus")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")

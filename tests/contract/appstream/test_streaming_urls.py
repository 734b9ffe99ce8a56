"""CreateStreamingURL: what it gives, and when it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.contract.services import Api
from tests.contract.support import Client, Control, FakeClock


@pytest.mark.parametrize(("parameters", "seconds"), [({}, 60), ({"Validity": 1}, 1), ({"Validity": 604_800}, 604_800)])
def test_a_url_expires_so_many_seconds_after_it_was_made(
    parameters: dict[str, Any], seconds: int, control: Control, api: Api, clock: FakeClock
) -> None:
    control.session("s", readyAfterSeconds=0)
    made = api.make(ApplicationId="Desktop", SessionContext="shot-17", **parameters)
    exact = clock() + timedelta(seconds=seconds)
    assert made["Expires"] == exact.replace(microsecond=exact.microsecond // 1000 * 1000)


def test_each_call_makes_another_unguessable_url(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0)
    one, other = api.make()["StreamingURL"], api.make()["StreamingURL"]
    assert one.startswith("https://")
    assert len(one.partition("parameters=")[2]) >= 40
    assert one != other


def test_a_fleet_without_room_makes_no_url(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=None)
    with pytest.raises(api.client.exceptions.ResourceNotAvailableException) as raised:
        api.make()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("full", [{"available": 0}, {"availableUserSessions": 0}])
def test_a_full_fleet_makes_no_url(full: dict[str, Any], control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, **full)
    with pytest.raises(api.client.exceptions.ResourceNotAvailableException):
        api.make()


@pytest.mark.parametrize("state", ["STOPPED", "STARTING", "STOPPING"])
def test_a_fleet_that_is_not_running_makes_no_url(state: str, control: Control, api: Api) -> None:
    control.session("s", sessionState=state)
    with pytest.raises(api.client.exceptions.OperationNotPermittedException) as raised:
        api.make()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert state in raised.value.response["Error"]["Message"]


def test_an_answer_may_lack_its_url(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, url=False)
    made = api.make()
    assert "StreamingURL" not in made
    assert "Expires" in made


def test_nobody_opens_a_url_so_there_is_no_session(client: Client) -> None:
    assert client.describe_sessions(StackName="stack", FleetName="s")["Sessions"] == []
    assert client.expire_session(SessionId="session")


@pytest.mark.parametrize("member", ["StackName", "FleetName", "ApplicationId"])
def test_a_name_that_starts_with_missing_is_not_found(member: str, control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0)
    with pytest.raises(api.client.exceptions.ResourceNotFoundException, match="missing-1") as raised:
        api.make(**{member: "missing-1"})
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("operation", ["start_fleet", "stop_fleet"])
def test_a_fleet_that_is_missing_neither_starts_nor_stops(operation: str, client: Client) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        getattr(client, operation)(Name="missing-1")


@pytest.mark.parametrize(
    ("parameters", "member"),
    [
        ({"UserId": "m"}, "UserId"),
        ({"UserId": "m" * 33}, "UserId"),
        ({"UserId": "mia berg"}, "UserId"),
        ({"UserId": 17}, "UserId"),
        ({"FleetName": ["s"]}, "FleetName"),
        ({"Validity": 0}, "Validity"),
        ({"Validity": 604_801}, "Validity"),
        ({"Validity": "60"}, "Validity"),
        ({"SessionContext": ""}, "SessionContext"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_name(parameters: dict[str, Any], member: str, api: Api) -> None:
    with pytest.raises(api.client.exceptions.ClientError, match=member) as raised:
        api.make(**parameters)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

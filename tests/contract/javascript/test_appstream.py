"""The JavaScript SDK and the simulated WorkSpaces Applications."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.javascript.sdk import JavaScriptSdk
from tests.contract.services import APPSTREAM, Service
from tests.contract.support import Control, FakeClock

URL = ("CreateStreamingURLCommand", {"StackName": "stack", "FleetName": "s", "UserId": "mia", "Validity": 120})
MISSING = ("there is no fleet missing", "ResourceNotFoundException", 404)


@pytest.fixture
def service() -> Service:
    return APPSTREAM


@pytest.fixture
def sdk(url: str) -> JavaScriptSdk:
    return JavaScriptSdk("@aws-sdk/client-appstream", "AppStreamClient", url)


def test_a_fleet_is_started_and_gives_a_url(sdk: JavaScriptSdk, control: Control, clock: FakeClock) -> None:
    control.session("s", sessionState="STOPPED", readyAfterSeconds=0)
    made_at = clock()
    stopped, started, running, made, sessions, ended = sdk.send(
        ("DescribeFleetsCommand", {"Names": ["s"]}),
        ("StartFleetCommand", {"Name": "s"}),
        ("DescribeFleetsCommand", {"Names": ["s"]}),
        URL,
        ("DescribeSessionsCommand", {"StackName": "stack", "FleetName": "s"}),
        ("StopFleetCommand", {"Name": "s"}),
    )
    assert stopped["output"]["Fleets"][0]["State"] == "STOPPED"
    assert started == ended == {"status": 200, "output": {}}
    assert running["output"]["Fleets"][0]["State"] == "RUNNING"
    assert running["output"]["Fleets"][0]["ComputeCapacityStatus"]["Available"] == 1
    assert made["output"]["StreamingURL"].startswith("https://")
    expires = made_at + timedelta(seconds=120)
    assert made["output"]["Expires"] == expires.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert sessions["output"] == {"Sessions": []}
    assert {call["status"] for call in control.calls()} == {200}


def test_each_operation_is_refused_with_an_error_of_its_class(sdk: JavaScriptSdk, control: Control) -> None:
    control.session("s", readyAfterSeconds=None)
    answers = sdk.send(
        ("DescribeFleetsCommand", {"Names": ["missing"]}),
        ("StartFleetCommand", {"Name": "missing"}),
        ("StopFleetCommand", {"Name": "missing"}),
        ("StartFleetCommand", {"Name": "s"}),
        URL,
    )
    assert [(answer["message"], answer["name"], answer["status"]) for answer in answers] == [
        MISSING,
        MISSING,
        MISSING,
        ("fleet s is RUNNING, not STOPPED", "OperationNotPermittedException", 400),
        ("fleet s has no instance available", "ResourceNotAvailableException", 400),
    ]
    assert all(answer["isOfItsClass"] and answer["isOfTheService"] for answer in answers)
    assert {answer["fault"] for answer in answers} == {"client"}


def test_an_error_that_no_model_has_is_one_of_the_service(sdk: JavaScriptSdk, control: Control) -> None:
    fault = {"operation": "DescribeFleets", "call": 1, "error": "ThrottlingException"}
    control.session("s", faults=[fault])
    throttled, invalid = sdk.send(("DescribeFleetsCommand", {"Names": ["s"]}), ("StartFleetCommand", {}))
    assert (throttled["name"], throttled["status"]) == ("ThrottlingException", 400)
    assert (invalid["name"], invalid["status"]) == ("ValidationException", 400)
    assert throttled["isOfTheService"]
    assert invalid["isOfTheService"]

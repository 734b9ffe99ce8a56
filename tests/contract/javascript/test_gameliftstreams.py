"""The JavaScript SDK and the simulated GameLift Streams."""

from __future__ import annotations

import pytest

from tests.contract.javascript.sdk import JavaScriptSdk
from tests.contract.services import GAMELIFTSTREAMS, TOKEN, Service
from tests.contract.support import Control

ARN = "arn:aws:gameliftstreams:us-west-2:123456789012:streamgroup/s"
CREATE = {
    "Identifier": ARN,
    "ApplicationIdentifier": "a-1",
    "Protocol": "WebRTC",
    "UrlExpiresAfterMinutes": 2,
    "Locations": ["us-west-2"],
    "ClientToken": TOKEN,
}


@pytest.fixture
def service() -> Service:
    return GAMELIFTSTREAMS


@pytest.fixture
def sdk(url: str) -> JavaScriptSdk:
    return JavaScriptSdk("@aws-sdk/client-gameliftstreams", "GameLiftStreamsClient", url)


def test_a_url_is_made_seen_and_revoked(sdk: JavaScriptSdk, control: Control) -> None:
    control.session("s", readyAfterSeconds=0)
    group, made = sdk.send(("GetStreamGroupCommand", {"Identifier": ARN}), ("CreateStreamUrlCommand", CREATE))
    assert group["output"]["Status"] == "ACTIVE"
    assert group["output"]["LocationStates"][0]["IdleCapacity"] == 1
    assert made["status"] == 201
    assert made["output"]["StreamUrl"].startswith("https://")

    url = {"Identifier": "s", "StreamUrlIdentifier": made["output"]["Arn"]}
    again, seen, revoked, after, listed = sdk.send(
        ("CreateStreamUrlCommand", CREATE),
        ("GetStreamUrlCommand", url),
        ("RevokeStreamUrlCommand", {**url, "RevocationMode": "REVOKE_AND_TERMINATE_SESSIONS"}),
        ("GetStreamUrlCommand", url),
        ("ListStreamUrlsCommand", {"StreamGroupIdentifier": "s"}),
    )
    assert again == made
    assert seen["output"] == {**made["output"], "StreamSessions": []}
    assert revoked == {"status": 204, "output": {}}
    assert after["output"]["Status"] == "REVOKED"
    assert [item["StreamUrlId"] for item in listed["output"]["Items"]] == [made["output"]["StreamUrlId"]]
    assert {call["sessionId"] for call in control.calls()} == {"s"}


def test_each_operation_is_refused_with_an_error_of_its_class(sdk: JavaScriptSdk, control: Control) -> None:
    control.session("s", sessionState="ERROR")
    missing = {"Identifier": "missing", "StreamUrlIdentifier": "su-1"}
    answers = sdk.send(
        ("GetStreamGroupCommand", {"Identifier": "missing"}),
        ("CreateStreamUrlCommand", CREATE),
        ("CreateStreamUrlCommand", {**CREATE, "ClientToken": "short"}),
        ("GetStreamUrlCommand", missing),
        ("RevokeStreamUrlCommand", missing),
        ("ListStreamUrlsCommand", {"NextToken": "x"}),
    )
    assert [(answer["name"], answer["status"]) for answer in answers] == [
        ("ResourceNotFoundException", 404),
        ("ConflictException", 409),
        ("ValidationException", 400),
        ("ResourceNotFoundException", 404),
        ("ResourceNotFoundException", 404),
        ("ValidationException", 400),
    ]
    assert all(answer["isOfItsClass"] and answer["isOfTheService"] and answer["message"] for answer in answers)


def test_quotas_throttling_and_faults_of_the_service_have_classes_too(sdk: JavaScriptSdk, control: Control) -> None:
    names = ["ServiceQuotaExceededException", "ThrottlingException", "InternalServerException"]
    faults = [
        {"operation": "CreateStreamUrl", "call": number, "error": name} for number, name in enumerate(names, start=1)
    ]
    control.session("s", faults=faults)
    answers = sdk.send(*[("CreateStreamUrlCommand", CREATE)] * 3)
    assert [(answer["name"], answer["status"]) for answer in answers] == list(zip(names, (402, 429, 500), strict=True))
    assert all(answer["isOfItsClass"] for answer in answers)

"""Calls that the broker does not do, and those that it does not understand."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.dcv.client import Client
from tests.contract.dcv.document import DOCUMENT
from tests.contract.support import Control, FakeClock

NO_SERVER = "no dcv server found for placement"


GONE = "The requested dcvSession does not exist"


def test_the_document_is_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


@pytest.mark.parametrize(
    ("behaviour", "owner", "members", "reason"),
    [
        ({"serverAfterSeconds": None}, "ada", {}, NO_SERVER),
        ({"failureReason": "The queue is full"}, "ada", {}, "The queue is full"),
        ({}, "missing-1", {}, "The user missing-1 does not exist on the dcv server"),
        ({}, "ada", {"Requirements": "fast"}, "Invalid requirements expression: fast"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_not_made_is_told_with_status_200(  # noqa: PLR0917  # the cases' parts
    behaviour: dict[str, Any],
    owner: str,
    members: dict[str, Any],
    reason: str,
    client: Client,
    control: Control,
) -> None:
    control.session(owner, **behaviour)
    answer = client.create(owner, **members)
    assert answer["SuccessfulList"] == []
    (unmade,) = answer["UnsuccessfulList"]
    assert unmade["FailureReason"] == reason
    assert unmade["CreateSessionRequestData"]["Owner"] == owner
    assert client.describe()["Sessions"] == []


def test_a_server_may_come_later(client: Client, control: Control, clock: FakeClock) -> None:
    control.session("ada", serverAfterSeconds=10)
    assert client.create()["UnsuccessfulList"][0]["FailureReason"] == NO_SERVER
    clock.advance(10)
    assert client.made()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/createSessions", {"Name": "a", "Owner": "ada", "Type": "VIRTUAL"}),
        ("/createSessions", [{"Owner": "ada", "Type": "VIRTUAL"}]),
        ("/createSessions", [{"Name": "a", "Owner": "ada", "Type": "virtual"}]),
        ("/createSessions", [{"Name": "a", "Owner": "ada", "Type": "VIRTUAL", "Colour": "red"}]),
        ("/createSessions", "not JSON"),
        ("/describeSessions", {"MaxResults": 1001}),
        ("/describeSessions", {"Filters": [{"Key": "colour", "Value": "red"}]}),
        ("/describeSessions", []),
        ("/deleteSessions", [{"SessionId": "a"}]),
    ],
    ids=str,
)
def test_a_body_that_is_not_the_protocol_is_refused(path: str, body: object, client: Client) -> None:
    status, _ = client.call("POST", path, body)
    assert status == 400


def test_what_is_not_deleted_is_told_with_status_200(client: Client, clock: FakeClock) -> None:
    session_id = client.made()
    reason = "The user bob is not the owner of the session"
    assert client.delete(session_id, "bob")["UnsuccessfulList"] == [{"SessionId": session_id, "FailureReason": reason}]
    client.delete(session_id)
    clock.advance(1)
    for gone in (session_id, "unknown"):
        assert client.delete(gone)["UnsuccessfulList"] == [{"SessionId": gone, "FailureReason": GONE}]

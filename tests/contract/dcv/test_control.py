"""The broker under the control calls that every simulator has: its faults, limits and log."""

from __future__ import annotations

import pytest
import urllib3

from tests.contract.dcv.client import Client
from tests.contract.support import Control

STATUS = {
    "ValidationException": 400,
    "UnauthorizedException": 401,
    "AccessDeniedException": 403,
    "ResourceNotFoundException": 404,
    "ThrottlingException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}


@pytest.mark.parametrize(("error", "status"), STATUS.items())
def test_a_fault_is_the_status_that_it_stands_for(error: str, status: int, client: Client, control: Control) -> None:
    control.session("ada", faults=[{"operation": "describeSessions", "call": 1, "error": error}])
    by_owner = {"Filters": [{"Key": "owner", "Value": "ada"}]}
    assert client.call("POST", "/describeSessions", by_owner)[0] == status
    assert client.call("POST", "/describeSessions", by_owner)[0] == 200


def test_a_want_of_servers_is_answered_as_the_broker_does(client: Client, control: Control) -> None:
    control.session("ada", faults=[{"operation": "createSessions", "call": 1, "error": "NoServer"}])
    assert client.create()["UnsuccessfulList"][0]["FailureReason"] == "no dcv server found for placement"
    assert client.made()


def test_a_limit_is_answered_with_429(client: Client, control: Control) -> None:
    control.limits(createSessions={"ratePerSecond": 1, "burst": 1})
    client.made()
    body = [{"Name": "a", "Owner": "ada", "Type": "CONSOLE"}]
    assert client.call("POST", "/createSessions", body)[0] == 429


def test_calls_are_listed_by_owner_with_the_session_that_they_are_about(client: Client, control: Control) -> None:
    session_id = client.made(Name="a name")
    client.session(session_id)
    client.connection_data(session_id)
    client.delete(session_id)
    listed = [
        (call["operation"], call["streamId"], call["clientToken"], call["status"])
        for call in control.calls("?sessionId=ada")
    ]
    assert listed == [
        ("createSessions", session_id, "a name", 200),
        ("describeSessions", session_id, None, 200),
        ("getSessionConnectionData", session_id, None, 400),
        ("deleteSessions", session_id, None, 200),
    ]
    assert [call["operation"] for call in control.calls("?sessionId=greenroom")] == ["getToken"]


def test_a_lost_response_did_what_it_was_asked(client: Client, control: Control) -> None:
    control.session("ada", faults=[{"operation": "createSessions", "call": 1, "error": "LostResponse"}])
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.create()
    (session,) = client.describe()["Sessions"]
    assert control.calls("?sessionId=ada")[0]["streamId"] == session["Id"]


def test_a_malformed_answer_shows_the_token_of_the_connection(client: Client, control: Control) -> None:
    fault = {"operation": "getSessionConnectionData", "call": 1, "error": "Malformed"}
    control.session("ada", readyAfterSeconds=0, faults=[fault])
    answer = urllib3.request(
        "GET", f"{client.url}/sessionConnectionData/{client.made()}/ada", headers=client.headers, retries=False
    )
    assert answer.status == 200
    assert b"eyJ" in answer.data
    assert not answer.data.endswith(b"}")


def test_any_other_path_is_no_operation_and_no_call(client: Client, control: Control) -> None:
    answer = urllib3.request("POST", f"{client.url}/describeServers", headers=client.headers)
    assert answer.status == 404
    assert [call["operation"] for call in control.calls()] == ["getToken"]

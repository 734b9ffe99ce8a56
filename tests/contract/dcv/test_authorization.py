"""The callers that the broker lets in: both ways of asking for a token, and the token on every call."""

from __future__ import annotations

from base64 import b64encode

import pytest

from local.simulator.dcv import CLIENT_ID, CLIENT_SECRET, SCOPE
from tests.contract.dcv.client import Client
from tests.contract.support import Control, FakeClock

CALLS = [
    ("POST", "/describeSessions"),
    ("POST", "/createSessions"),
    ("POST", "/deleteSessions"),
    ("GET", "/sessionConnectionData/id/ada"),
]
EVERY_CALL = pytest.mark.parametrize(("method", "path"), CALLS)
WAYS = {
    "the broker's own": ("?grant_type=client_credentials", ""),
    "Amazon Cognito's": ("", f"grant_type=client_credentials&scope={SCOPE}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_token_is_given_for_client_credentials(way: str, client: Client) -> None:
    status, answer = client.token(*WAYS[way])
    assert status == 200
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    client.headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert client.describe()["Sessions"] == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "credentials", [f"{CLIENT_ID}:wrong", f"wrong:{CLIENT_SECRET}", CLIENT_ID, f"{CLIENT_ID}:{CLIENT_SECRET}x"]
)
def test_wrong_credentials_get_none(way: str, credentials: str, client: Client) -> None:
    basic = "Basic " + b64encode(credentials.encode()).decode()
    assert client.token(*WAYS[way], authorization=basic) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("query", "body", "error"),
    [
        ("", "", "unsupported_grant_type"),
        ("?grant_type=password", "", "unsupported_grant_type"),
        ("", f"scope={SCOPE}", "unsupported_grant_type"),
        ("", "grant_type=client_credentials&scope=other", "invalid_scope"),
    ],
)
def test_a_wrong_question_gets_none(query: str, body: str, error: str, client: Client) -> None:
    assert client.token(query, body) == (400, {"error": error})


def test_a_question_that_is_no_form_gets_none(client: Client) -> None:
    status, _ = client.token(**{"content-type": "application/json"})
    assert status == 400


@EVERY_CALL
def test_a_call_without_a_token_is_refused_as_the_broker_does(method: str, path: str, client: Client) -> None:
    client.headers = {}
    assert client.call(method, path) == (401, {"error": "No authorization header"})


@EVERY_CALL
@pytest.mark.parametrize("authorization", ["Bearer", "Bearer wrong", "Basic wrong", "wrong"])
def test_a_call_with_a_wrong_token_is_refused(method: str, path: str, authorization: str, client: Client) -> None:
    client.headers = {"authorization": authorization}
    status, _ = client.call(method, path)
    assert status == 401


def test_a_token_ends_by_the_simulator_s_clock(client: Client, control: Control, clock: FakeClock) -> None:
    control.session(CLIENT_ID, accessTokenSeconds=60)
    client.log_in()
    clock.advance(59)
    assert client.call("POST", "/describeSessions", {})[0] == 200
    clock.advance(1)
    assert client.call("POST", "/describeSessions", {})[0] == 401


def test_a_broker_may_ask_for_no_token(client: Client, control: Control) -> None:
    control.session(CLIENT_ID, authorization=False)
    client.headers = {}
    assert client.describe()["Sessions"] == []

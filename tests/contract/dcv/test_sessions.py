"""Sessions of the broker: made, shown, found, opened and deleted."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from tests.contract.dcv.client import Client
from tests.contract.support import Control, FakeClock

GONE = "The requested dcvSession does not exist"


def test_a_session_is_ready_after_three_seconds(client: Client, clock: FakeClock) -> None:
    (made,) = client.create()["SuccessfulList"]
    assert (made["State"], made["Substate"], made["Owner"], made["Type"]) == (
        "CREATING",
        "SESSION_PLACING",
        "ada",
        "VIRTUAL",
    )
    clock.advance(2.9)
    assert client.session(made["Id"])["State"] == "CREATING"
    clock.advance(0.1)
    ready = client.session(made["Id"])
    assert (ready["State"], "Substate" in ready, ready["CreationTime"]) == ("READY", False, made["CreationTime"])
    assert [endpoint["Protocol"] for endpoint in ready["Server"]["Endpoints"]] == ["QUIC", "HTTP"]


def test_the_same_name_again_is_another_session(client: Client) -> None:
    """The broker has no client token: https://docs.aws.amazon.com/dcv/latest/sm-dev/CreateSessions.html."""
    assert client.made() != client.made()
    assert len(client.describe()["Sessions"]) == 2


@pytest.mark.parametrize("state", ["READY", "DELETED", "UNKNOWN", "HIBERNATING"])
def test_a_session_comes_to_its_final_state(state: str, client: Client, control: Control) -> None:
    control.session("ada", readyAfterSeconds=0, finalState=state, stateReason="Because")
    session = client.session(client.made())
    assert (session["State"], session["StateReason"]) == (state, "Because")


@pytest.mark.parametrize("state", ["DELETED", "UNKNOWN"])
def test_a_new_session_may_be_shown_as_what_it_is_not(
    state: str, client: Client, control: Control, clock: FakeClock
) -> None:
    control.session("ada", sessionState=state, finalState="READY", readyAfterSeconds=5)
    session_id = client.made()
    assert client.session(session_id)["State"] == state
    clock.advance(5)
    assert client.session(session_id)["State"] == "READY"


def test_a_new_session_may_be_missing_from_the_list(client: Client, control: Control, clock: FakeClock) -> None:
    control.session("ada", listedAfterSeconds=5)
    session_id = client.made()
    assert client.describe(SessionIds=[session_id])["Sessions"] == []
    clock.advance(5)
    assert client.session(session_id)["State"] == "READY"


def test_sessions_are_found_by_their_owner(client: Client) -> None:
    here, _ = client.made("DOM\\ada lovelace"), client.made("bob")
    found = client.describe(Filters=[{"Key": "owner", "Value": "DOM\\ada lovelace"}])["Sessions"]
    assert [session["Id"] for session in found] == [here]


def test_sessions_come_in_pages(client: Client, control: Control) -> None:
    control.session("ada", pageSize=2)
    made = [client.made() for _ in range(5)]
    by_owner: dict[str, Any] = {"Filters": [{"Key": "owner", "Value": "ada"}]}
    pages = [client.describe(**by_owner)]
    while token := pages[-1].get("NextToken"):
        pages.append(client.describe(**by_owner, NextToken=token))
    assert [[session["Id"] for session in page["Sessions"]] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert len(client.describe(MaxResults=3)["Sessions"]) == 3


def test_a_ready_session_is_opened_with_a_token_that_tells_its_end(
    client: Client, control: Control, clock: FakeClock
) -> None:
    control.session("ada", readyAfterSeconds=0, connectionTokenSeconds=90)
    status, data = client.connection_data(client.made())
    assert (status, data["Session"]["State"]) == (200, "READY")
    header, payload, signature = data["ConnectionToken"].split(".")
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert claims["exp"] == int(clock().timestamp()) + 90
    assert json.loads(urlsafe_b64decode(header + "=="))["alg"] == "HS256"
    assert signature


def test_a_user_s_name_keeps_its_backslash_and_its_blank(client: Client, control: Control) -> None:
    control.session("DOM%5Cada%20lovelace", readyAfterSeconds=0)
    status, data = client.connection_data(client.made("DOM\\ada lovelace"), "DOM\\ada lovelace")
    assert (status, data["Session"]["Owner"]) == (200, "DOM\\ada lovelace")


def test_a_session_that_is_not_ready_cannot_be_opened(client: Client) -> None:
    assert client.connection_data(client.made()) == (400, {"error": "The dcvSession is CREATING"})
    assert client.connection_data("unknown") == (400, {"error": GONE})


def test_a_deleted_session_is_remembered_for_an_hour(client: Client, clock: FakeClock) -> None:
    session_id = client.made()
    assert client.delete(session_id)["SuccessfulList"] == [{"SessionId": session_id, "State": "DELETING"}]
    assert client.session(session_id)["State"] == "DELETING"
    clock.advance(1)
    assert client.session(session_id)["State"] == "DELETED"
    clock.advance(3599)
    client.log_in()
    assert client.describe()["Sessions"] == []

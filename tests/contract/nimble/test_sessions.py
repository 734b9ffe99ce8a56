"""A session's life: started, stopped, deleted, failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.conformance import Witness
from tests.contract.support import Client, Control, FakeClock

HERE = {"studioId": "studio", "sessionId": "s"}


def _state(client: Client) -> tuple[str, str | None]:
    session = client.get_streaming_session(**HERE)["session"]
    return session["state"], session.get("statusCode")


def test_an_unset_session_exists_and_is_ready(client: Client) -> None:
    assert _state(client) == ("READY", "STREAMING_SESSION_READY")


def test_a_stopped_session_starts_and_then_takes_streams(
    control: Control, client: Client, clock: FakeClock, create: Callable[..., dict[str, Any]]
) -> None:
    control.session("s", sessionState="STOPPED", startAfterSeconds=5)
    assert _state(client) == ("STOPPED", "STREAMING_SESSION_STOPPED")

    started = client.start_streaming_session(**HERE)["session"]
    assert (started["sessionId"], started["state"]) == ("s", "START_IN_PROGRESS")
    clock.advance(4.9)
    assert _state(client) == ("START_IN_PROGRESS", "STREAMING_SESSION_START_IN_PROGRESS")
    clock.advance(0.1)
    assert _state(client) == ("READY", "STREAMING_SESSION_READY")
    assert create()["state"] == "CREATE_IN_PROGRESS"


def test_a_start_can_fail_for_want_of_capacity(control: Control, client: Client, clock: FakeClock) -> None:
    control.session(
        "s",
        sessionState="STOPPED",
        startFinalState="START_FAILED",
        sessionStatusCode="INSUFFICIENT_CAPACITY",
        sessionStatusMessage="No g5.xlarge left.",
    )
    assert _state(client) == ("STOPPED", "STREAMING_SESSION_STOPPED")
    client.start_streaming_session(**HERE)
    clock.advance(1)
    assert _state(client) == ("START_FAILED", "INSUFFICIENT_CAPACITY")
    assert client.get_streaming_session(**HERE)["session"]["statusMessage"] == "No g5.xlarge left."


def test_a_session_can_be_found_starting(control: Control, client: Client, clock: FakeClock) -> None:
    control.session("s", sessionState="START_IN_PROGRESS")
    assert _state(client)[0] == "START_IN_PROGRESS"
    clock.advance(1)
    assert _state(client)[0] == "READY"


@pytest.mark.parametrize("state", ["READY", "START_IN_PROGRESS", "CREATE_FAILED", "DELETED"])
def test_only_a_stopped_session_starts(state: str, control: Control, client: Client) -> None:
    control.session("s", sessionState=state)
    with pytest.raises(client.exceptions.ConflictException):
        client.start_streaming_session(**HERE)


def test_a_repeated_start_with_the_same_client_token_is_the_same_start(
    control: Control, client: Client, clock: FakeClock
) -> None:
    control.session("s", sessionState="STOPPED")
    client.start_streaming_session(**HERE, clientToken="token")
    clock.advance(1)
    assert client.start_streaming_session(**HERE, clientToken="token")["session"]["state"] == "READY"
    with pytest.raises(client.exceptions.ValidationException):
        client.start_streaming_session(**HERE, clientToken="token", backupId="backup")


def test_a_ready_session_stops(client: Client, clock: FakeClock) -> None:
    assert client.stop_streaming_session(**HERE)["session"]["state"] == "STOP_IN_PROGRESS"
    with pytest.raises(client.exceptions.ConflictException):
        client.stop_streaming_session(**HERE)
    clock.advance(1)
    assert _state(client) == ("STOPPED", "STREAMING_SESSION_STOPPED")


def test_a_session_is_deleted(client: Client, clock: FakeClock) -> None:
    assert client.delete_streaming_session(**HERE)["session"]["state"] == "DELETE_IN_PROGRESS"
    clock.advance(1)
    assert _state(client) == ("DELETED", "STREAMING_SESSION_DELETED")


def test_a_failed_session_has_the_status_code_that_was_set(control: Control, client: Client) -> None:
    control.session("s", sessionState="CREATE_FAILED", sessionStatusCode="AMI_VALIDATION_ERROR")
    assert _state(client) == ("CREATE_FAILED", "AMI_VALIDATION_ERROR")


def test_an_unknown_session_state_goes_out_as_it_is(control: Control, client: Client, witness: Witness) -> None:
    control.session("s", sessionState="HIBERNATING")
    assert _state(client) == ("HIBERNATING", None)
    assert witness.take() == ["GetStreamingSession.session.state is HIBERNATING, which its enum lacks"]

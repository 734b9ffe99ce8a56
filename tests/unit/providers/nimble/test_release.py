"""A session that Greenroom started is stopped; one that is gone, or stops already, is let go."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import ServiceFailed, ServiceRefused
from greenroom.providers.nimble.service import NimbleStudio
from tests.contract.support import Control
from tests.unit.providers.nimble.calls import SESSION, failing
from tests.unit.providers.starts import starting


def operations(control: Control) -> list[str]:
    return [call["operation"] for call in control.calls()]


@pytest.mark.parametrize("stream_id", ["stream", None])
def test_a_session_is_stopped_when_it_is_let_go(stream_id: str | None, nimble: NimbleStudio, control: Control) -> None:
    control.session("s")
    nimble.release(SESSION, stream_id, "token")
    assert operations(control) == ["StopStreamingSession"]
    assert nimble.prepare(SESSION, "token", starting).state == "STOP_IN_PROGRESS"


def test_letting_go_twice_is_no_error(nimble: NimbleStudio, control: Control) -> None:
    """Changes of a record come at least once, and again with each delivery that is marked."""
    control.session("s")
    for _ in range(2):
        nimble.release(SESSION, "stream", "token")


@pytest.mark.parametrize("state", ["STOP_IN_PROGRESS", "STOPPED", "DELETE_IN_PROGRESS", "DELETED"])
def test_a_session_that_stops_or_has_stopped_already_is_let_go(
    state: str, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", sessionState=state)
    nimble.release(SESSION, None, "token")
    assert operations(control) == ["StopStreamingSession", "GetStreamingSession"]


def test_a_session_that_does_not_exist_is_let_go(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", **failing("StopStreamingSession", "ResourceNotFoundException"))
    nimble.release(SESSION, None, "token")
    assert operations(control) == ["StopStreamingSession"]


def test_a_session_that_goes_while_it_is_looked_at_is_let_go(nimble: NimbleStudio, control: Control) -> None:
    gone = failing("GetStreamingSession", "ResourceNotFoundException")["faults"]
    control.session("s", faults=[*failing("StopStreamingSession", "ConflictException")["faults"], *gone])
    nimble.release(SESSION, None, "token")
    assert operations(control) == ["StopStreamingSession", "GetStreamingSession"]


@pytest.mark.parametrize("state", ["START_IN_PROGRESS", "CREATE_IN_PROGRESS", "STOP_FAILED", "REBOOTING"])
def test_a_session_that_cannot_be_stopped_yet_comes_again(state: str, nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState=state)
    with pytest.raises(ServiceFailed, match=f"s is {state} and cannot be stopped yet") as caught:
        nimble.release(SESSION, None, "token")
    assert caught.value.name == "ConflictException"


def test_a_session_that_has_started_meanwhile_is_stopped(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="START_IN_PROGRESS")
    with pytest.raises(ServiceFailed):
        nimble.release(SESSION, None, "token")
    control.session("s", sessionState="READY")
    nimble.release(SESSION, None, "token")
    assert nimble.prepare(SESSION, "token", starting).state == "STOP_IN_PROGRESS"


@pytest.mark.parametrize("operation", ["StopStreamingSession", "GetStreamingSession"])
def test_any_other_refusal_is_one(operation: str, nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="START_IN_PROGRESS", **failing(operation, "AccessDeniedException"))
    with pytest.raises(ServiceRefused) as caught:
        nimble.release(SESSION, None, "token")
    assert caught.value.name == "AccessDeniedException"

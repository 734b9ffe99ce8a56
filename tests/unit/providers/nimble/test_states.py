"""The meaning of Nimble Studio's states, for every state of its service model, told by the simulated service."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.domain.errors import EndpointUnreachable, RequestEnded, ServiceRefused
from greenroom.domain.values import Progress, Status
from greenroom.providers.gate import GatedProvider
from greenroom.providers.nimble.service import NimbleStudio
from tests.contract.support import Control, connect
from tests.unit.providers.nimble.calls import NO_AGE, SESSION, failing
from tests.unit.providers.starts import Starts, starting

PENDING, READY, FAILED = Status.PENDING, Status.READY, Status.FAILED
SESSION_STATES = {
    "CREATE_IN_PROGRESS": PENDING,
    "DELETE_IN_PROGRESS": FAILED,
    "READY": READY,
    "DELETED": FAILED,
    "CREATE_FAILED": FAILED,
    "DELETE_FAILED": FAILED,
    "STOP_IN_PROGRESS": PENDING,
    "START_IN_PROGRESS": PENDING,
    "STOPPED": PENDING,
    "STOP_FAILED": FAILED,
    "START_FAILED": FAILED,
}
STREAM_STATES = {
    "READY": READY,
    "CREATE_IN_PROGRESS": PENDING,
    "DELETE_IN_PROGRESS": FAILED,
    "DELETED": FAILED,
    "DELETE_FAILED": FAILED,
    "CREATE_FAILED": FAILED,
}
UNKNOWN = {"REBOOTING": PENDING, "ready": PENDING, "READY_SOON": PENDING}


@pytest.fixture
def streaming(nimble: NimbleStudio, control: Control) -> str:
    """Return the id of a stream of session `s` that is ready at once, unless the session is set otherwise."""
    control.session("s", readyAfterSeconds=0)
    stream_id = nimble.create(SESSION, "token").stream_id
    assert stream_id
    return stream_id


@pytest.mark.parametrize(
    ("shape", "states"), [("StreamingSessionState", SESSION_STATES), ("StreamingSessionStreamState", STREAM_STATES)]
)
def test_these_are_all_states_of_the_service_model(shape: str, states: dict[str, Status], simulator_url: str) -> None:
    assert set(connect(simulator_url).meta.service_model.shape_for(shape).enum) == set(states)


@pytest.mark.parametrize(("state", "status"), (SESSION_STATES | UNKNOWN).items())
def test_a_session_is_as_far_as_its_state_says(
    state: str, status: Status, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", sessionState=state, sessionStatusCode="A_CODE", sessionStatusMessage="Because")
    starts = Starts()
    progress = nimble.prepare(SESSION, "token", starts)
    assert progress.status is status
    if state != "STOPPED":
        assert (progress.state, progress.status_code, progress.detail) == (state, "A_CODE", "Because")
        assert starts.noted == 0


def test_a_stopped_session_is_started(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="STOPPED")
    starts = Starts()
    progress = nimble.prepare(SESSION, "a-token", starts)
    assert (progress.status, progress.state, starts.noted) == (PENDING, "START_IN_PROGRESS", 1)
    calls = [(call["operation"], call["clientToken"]) for call in control.calls()]
    assert calls == [("GetStreamingSession", None), ("StartStreamingSession", "a-token")]


def test_a_session_that_is_starting_is_not_started_again(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="STOPPED")
    nimble.prepare(SESSION, "token", starting)
    assert nimble.prepare(SESSION, "token", starting).status is PENDING
    assert [call["operation"] for call in control.calls()].count("StartStreamingSession") == 1


def test_a_session_that_somebody_else_has_just_started_is_waited_for(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="STOPPED", **failing("StartStreamingSession", "ConflictException", call=1))
    progress = nimble.prepare(SESSION, "token", starting)
    assert (progress.status, progress.state) == (PENDING, "STOPPED")


def test_a_session_is_not_started_for_a_request_that_has_ended(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="STOPPED")
    with pytest.raises(RequestEnded):
        nimble.prepare(SESSION, "token", Starts(has_ended=True))
    assert [call["operation"] for call in control.calls()] == ["GetStreamingSession"]


def test_a_start_whose_answer_is_lost_was_noted_before(nimble: NimbleStudio, control: Control) -> None:
    starts = Starts()
    control.session("s", sessionState="STOPPED", **failing("StartStreamingSession", "LostResponse", call=1))
    with pytest.raises(EndpointUnreachable):
        nimble.prepare(SESSION, "token", starts)
    assert starts.noted == 1
    assert nimble.prepare(SESSION, "token", starts).state == "START_IN_PROGRESS"


def test_a_session_that_may_not_be_started_is_refused(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", sessionState="STOPPED", **failing("StartStreamingSession", "ServiceQuotaExceededException"))
    with pytest.raises(ServiceRefused) as caught:
        nimble.prepare(SESSION, "token", starting)
    assert caught.value.name == "ServiceQuotaExceededException"


@pytest.mark.parametrize(("state", "status"), (STREAM_STATES | UNKNOWN).items())
def test_a_stream_is_as_far_as_its_state_says(
    state: str, status: Status, nimble: NimbleStudio, control: Control, streaming: str
) -> None:
    settled = {"readyAfterSeconds": None if state == "CREATE_IN_PROGRESS" else 0, "finalState": state}
    control.session("s", statusCode="A_CODE", **settled)
    progress = nimble.describe(SESSION, streaming, NO_AGE)
    assert (progress.status, progress.state, progress.stream_id) == (status, state, streaming)
    if state != "CREATE_IN_PROGRESS":
        assert progress.status_code == "A_CODE"


def test_a_stream_without_a_url_is_not_ready_whatever_it_says(
    nimble: NimbleStudio, control: Control, streaming: str
) -> None:
    control.session("s", readyAfterSeconds=0, url=False)
    progress = nimble.describe(SESSION, streaming, NO_AGE)
    assert (progress.status, progress.state) == (PENDING, "READY")


def test_the_answer_is_the_service_s_own_without_the_url(nimble: NimbleStudio, streaming: str) -> None:
    url = nimble.connect(SESSION, streaming).url
    progress = nimble.describe(SESSION, streaming, NO_AGE)
    members = {"createdAt", "createdBy", "expiresAt", "ownedBy", "state", "statusCode", "streamId"}
    assert progress.stream.keys() == members
    assert all(isinstance(value, str) for value in progress.stream.values())
    assert progress.stream["createdAt"] == "2026-11-24T12:00:00Z"
    assert url not in repr(progress)


def test_a_look_at_a_ready_stream_has_its_url_so_that_no_second_call_is_needed(
    nimble: NimbleStudio, control: Control, streaming: str
) -> None:
    looked, calls = nimble.describe(SESSION, streaming, NO_AGE), len(control.calls())
    assert looked.url == nimble.connect(SESSION, streaming)
    assert len(control.calls()) == calls + 1


@pytest.mark.parametrize(
    "behaviour",
    [{"readyAfterSeconds": None}, {"readyAfterSeconds": 0, "url": False}, {"finalState": "DELETED"}],
    ids=str,
)
def test_a_look_at_a_stream_that_is_not_ready_has_none(
    behaviour: dict[str, Any], nimble: NimbleStudio, control: Control, streaming: str
) -> None:
    control.session("s", **{"readyAfterSeconds": 0, **behaviour})
    assert nimble.describe(SESSION, streaming, NO_AGE).url is None


def test_what_is_not_known_is_not_said(nimble: NimbleStudio) -> None:
    progress = nimble.create(SESSION, "token")
    assert isinstance(progress, Progress)
    assert "expiresAt" not in progress.stream


@pytest.mark.parametrize(
    "url", ["dcv://x.example/?token=secret", "javascript:alert('secret')", "http://x.example/secret"]
)
def test_a_url_that_is_not_https_ends_the_request(url: str, nimble: NimbleStudio, control: Control) -> None:
    control.session("s", readyAfterSeconds=0, url=url)
    stream_id = nimble.create(SESSION, "token").stream_id or ""
    with pytest.raises(ServiceRefused, match=r"^UrlNotAllowed: ((?!secret).)*$"):
        GatedProvider(nimble).describe(SESSION, stream_id, NO_AGE)


def test_a_session_s_own_words_are_cleaned(nimble: NimbleStudio, control: Control) -> None:
    said = "Stopped by https://x.example/?token=secret\x1b[31m"
    control.session("s", sessionState="STOP_FAILED", sessionStatusMessage=said)
    assert GatedProvider(nimble).prepare(SESSION, "token", starting).detail == "Stopped by <url>"

"""What is asked of Nimble Studio, and the way into a stream."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.adapters.nimble import NimbleStudio
from greenroom.domain import SessionRef, Status
from greenroom.errors import InternalServerErrorException, StreamNotReady
from tests.contract.support import Control
from tests.unit.conftest import AwsClient
from tests.unit.fakes import NOW, FakeClock
from tests.unit.receiver import Receiver

SESSION = SessionRef("studio", "s")


@pytest.fixture
def streaming(nimble: NimbleStudio, control: Control) -> str:
    """Return the id of a stream of session `s` that is ready at once."""
    control.session("s", readyAfterSeconds=0)
    return str(nimble.create(SESSION, 120, "token").stream_id)


def test_the_same_client_token_makes_one_stream(nimble: NimbleStudio, control: Control) -> None:
    first, again = (nimble.create(SESSION, 120, "token") for _ in range(2))
    other = nimble.create(SESSION, 120, "other token")
    assert first.stream_id == again.stream_id != other.stream_id
    assert [call["clientToken"] for call in control.calls()] == ["token", "token", "other token"]


def test_a_repeat_after_a_lost_answer_finds_the_stream_that_was_made(nimble: NimbleStudio, control: Control) -> None:
    lost = {"operation": "CreateStreamingSessionStream", "call": 1, "error": "LostResponse"}
    control.session("s", faults=[lost])
    with pytest.raises(Exception, match="did not answer"):
        nimble.create(SESSION, 120, "token")
    assert nimble.create(SESSION, 120, "token").stream_id == control.calls()[0]["streamId"]


@pytest.mark.parametrize("seconds", [60, 3600])
def test_a_stream_is_asked_to_last_as_long_as_the_request_says(
    seconds: int, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", readyAfterSeconds=0)
    stream_id = str(nimble.create(SESSION, seconds, "token").stream_id)
    assert nimble.connect(SESSION, stream_id, seconds).expires_at == NOW + timedelta(seconds=seconds)


def test_a_ready_stream_has_a_url_and_a_time_when_it_expires(nimble: NimbleStudio, streaming: str) -> None:
    connection = nimble.connect(SESSION, streaming, 120)
    assert connection.url.startswith("https://")
    assert connection.expires_at == NOW + timedelta(seconds=120)
    assert connection.seconds_left(NOW) == 120


@pytest.mark.parametrize("behaviour", [{"readyAfterSeconds": None}, {"readyAfterSeconds": 0, "url": False}], ids=str)
def test_a_stream_that_is_not_ready_has_no_way_in(
    behaviour: dict[str, Any], nimble: NimbleStudio, control: Control, streaming: str
) -> None:
    control.session("s", **behaviour)
    with pytest.raises(StreamNotReady, match=streaming):
        nimble.connect(SESSION, streaming, 120)


def test_a_url_without_a_time_expires_when_it_was_asked_to_at_the_latest(
    receiver: Receiver, aws_client: AwsClient, clock: FakeClock
) -> None:
    receiver.will_answer(200, {"stream": {"state": "READY", "streamId": "stream", "url": "https://stream.example"}})
    connection = NimbleStudio(aws_client("nimble"), clock).connect(SESSION, "stream", 60)
    assert connection.expires_at == NOW + timedelta(seconds=60)


def test_a_session_that_a_request_started_is_stopped_when_it_is_let_go(nimble: NimbleStudio, control: Control) -> None:
    control.session("s")
    nimble.release(SESSION, session_started=True)
    assert nimble.prepare(SESSION, "token").state == "STOP_IN_PROGRESS"


def test_letting_go_twice_is_no_error(nimble: NimbleStudio, control: Control) -> None:
    """Changes of a record come at least once, and again with each delivery that is marked."""
    control.session("s")
    for _ in range(2):
        nimble.release(SESSION, session_started=True)


def test_a_session_that_was_there_before_is_left_alone(nimble: NimbleStudio, control: Control) -> None:
    nimble.release(SESSION, session_started=False)
    assert control.calls() == []


def test_the_client_of_a_function_asks_the_endpoint_of_its_environment_once(
    simulator_url: str, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step Functions owns the retries: a call that fails is not repeated here."""
    control.session(
        "s", faults=[{"operation": "GetStreamingSession", "call": 1, "error": "InternalServerErrorException"}]
    )
    for name, value in {
        "AWS_ENDPOINT_URL_NIMBLE": simulator_url,
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    provider = NimbleStudio.from_environment()
    assert provider.endpoint == simulator_url
    with pytest.raises(InternalServerErrorException):
        provider.prepare(SESSION, "token")
    assert len(control.calls()) == 1
    assert provider.prepare(SESSION, "token").status is Status.READY

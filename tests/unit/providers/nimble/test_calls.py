"""The calls of Nimble Studio, and the URL of a stream."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom import bootstrap
from greenroom.domain.errors import ServiceFailed, StreamNotReady
from greenroom.domain.values import Status
from greenroom.environment import Environment
from greenroom.providers.nimble.service import NimbleStudio
from tests.contract.support import Control
from tests.support.fakes import NOW, FakeClock
from tests.support.receiver import Receiver
from tests.unit.conftest import AwsClient
from tests.unit.providers.nimble.calls import SESSION, failing, for_seconds
from tests.unit.providers.starts import starting


@pytest.fixture
def streaming(nimble: NimbleStudio, control: Control) -> str:
    """Return the id of a stream of session `s` that is ready at once."""
    control.session("s", readyAfterSeconds=0)
    return str(nimble.create(SESSION, "token").stream_id)


def test_the_same_client_token_makes_one_stream(nimble: NimbleStudio, control: Control) -> None:
    first, again = (nimble.create(SESSION, "token") for _ in range(2))
    other = nimble.create(SESSION, "other token")
    assert first.stream_id == again.stream_id != other.stream_id
    assert [call["clientToken"] for call in control.calls()] == ["token", "token", "other token"]


def test_a_repeat_after_a_lost_answer_finds_the_stream_that_was_made(nimble: NimbleStudio, control: Control) -> None:
    control.session("s", **failing("CreateStreamingSessionStream", "LostResponse", call=1))
    with pytest.raises(Exception, match="did not answer"):
        nimble.create(SESSION, "token")
    assert nimble.create(SESSION, "token").stream_id == control.calls()[0]["streamId"]


@pytest.mark.parametrize("seconds", [60, 3600])
def test_a_stream_is_asked_to_last_as_long_as_the_request_says(
    seconds: int, nimble: NimbleStudio, control: Control
) -> None:
    control.session("s", readyAfterSeconds=0)
    fields = for_seconds(seconds)
    stream_id = str(nimble.create(fields, "token").stream_id)
    assert nimble.connect(fields, stream_id).expires_at == NOW + timedelta(seconds=seconds)


def test_a_ready_stream_has_a_url_and_a_time_when_it_expires(nimble: NimbleStudio, streaming: str) -> None:
    url = nimble.connect(SESSION, streaming)
    assert url.url.startswith("https://")
    assert url.expires_at == NOW + timedelta(seconds=120)
    assert url.seconds_left(NOW) == 120


@pytest.mark.parametrize("behaviour", [{"readyAfterSeconds": None}, {"readyAfterSeconds": 0, "url": False}], ids=str)
def test_a_stream_that_is_not_ready_has_no_way_in(
    behaviour: dict[str, Any], nimble: NimbleStudio, control: Control, streaming: str
) -> None:
    control.session("s", **behaviour)
    with pytest.raises(StreamNotReady, match=streaming):
        nimble.connect(SESSION, streaming)


def test_a_url_without_a_time_expires_when_it_was_asked_to_at_the_latest(
    receiver: Receiver, aws_client: AwsClient, clock: FakeClock
) -> None:
    receiver.will_answer(200, {"stream": {"state": "READY", "streamId": "stream", "url": "https://stream.example"}})
    url = NimbleStudio(aws_client("nimble"), clock).connect(for_seconds(60), "stream")
    assert url.expires_at == NOW + timedelta(seconds=60)


def test_the_client_of_a_function_asks_the_endpoint_of_its_environment_once(
    simulator_url: str, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step Functions owns the retries: a call that fails is not repeated here."""
    control.session("s", **failing("GetStreamingSession", "InternalServerErrorException", call=1))
    for name, value in {
        "AWS_ENDPOINT_URL_NIMBLE": simulator_url,
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bootstrap, "environment", lambda: Environment(providers=("nimble",)))
    provider = bootstrap.providers.__wrapped__()["nimble"]  # past its cache, which outlives this environment
    assert provider.endpoint == simulator_url
    with pytest.raises(ServiceFailed):
        provider.prepare(SESSION, "token", starting)
    assert len(control.calls()) == 1
    assert provider.prepare(SESSION, "token", starting).status is Status.READY

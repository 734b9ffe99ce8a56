"""A stream from creation to its end, on the wire."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.conformance import Witness
from tests.contract.support import Client, Control, FakeClock

Create = Callable[..., dict[str, Any]]
Get = Callable[..., dict[str, Any]]


def test_a_stream_of_an_unset_session_is_ready_after_three_seconds(create: Create, get: Get, clock: FakeClock) -> None:
    stream = create()
    assert (stream["state"], stream["statusCode"]) == ("CREATE_IN_PROGRESS", "STREAM_CREATE_IN_PROGRESS")
    assert "url" not in stream
    assert "expiresAt" not in stream

    clock.advance(2.9)
    assert get(stream)["state"] == "CREATE_IN_PROGRESS"

    clock.advance(0.1)
    ready = get(stream)
    assert (ready["state"], ready["statusCode"]) == ("READY", "STREAM_READY")
    assert ready["createdAt"] == stream["createdAt"]
    assert ready["ownedBy"] == ready["createdBy"] == stream["createdBy"]


def test_the_url_is_unguessable_and_stays_the_same(
    control: Control, create: Create, get: Get, clock: FakeClock
) -> None:
    control.session("s", readyAfterSeconds=0)
    one, other = create(), create()
    assert one["url"].startswith("https://")
    assert len(one["url"].partition("token=")[2]) >= 40
    assert one["url"] != other["url"]
    clock.advance(10)
    assert get(one)["url"] == one["url"]


def test_a_stream_can_be_ready_in_the_answer_to_create(control: Control, create: Create) -> None:
    control.session("s", readyAfterSeconds=0)
    assert create()["state"] == "READY"


@pytest.mark.parametrize(("parameters", "seconds"), [({}, 120), ({"expirationInSeconds": 60}, 60)])
def test_the_stream_expires_so_many_seconds_after_it_was_ready(
    parameters: dict[str, int], seconds: int, create: Create, get: Get, clock: FakeClock
) -> None:
    stream = create(**parameters)
    clock.advance(3)
    ready = get(stream)
    assert ready["expiresAt"] == stream["createdAt"] + timedelta(seconds=3 + seconds)

    clock.advance(seconds - 0.001)
    assert get(stream)["state"] == "READY"
    clock.advance(0.001)
    expired = get(stream)
    assert (expired["state"], expired["statusCode"]) == ("DELETED", "STREAM_DELETED")
    assert "url" not in expired


def test_a_failed_stream_has_its_status_code_and_no_url(
    control: Control, create: Create, get: Get, clock: FakeClock
) -> None:
    control.session("s", readyAfterSeconds=1, finalState="CREATE_FAILED", statusCode="NETWORK_CONNECTION_ERROR")
    stream = create()
    clock.advance(1)
    failed = get(stream)
    assert (failed["state"], failed["statusCode"]) == ("CREATE_FAILED", "NETWORK_CONNECTION_ERROR")
    assert "url" not in failed


def test_a_state_that_the_model_does_not_know_goes_out_as_it_is(
    control: Control, create: Create, witness: Witness
) -> None:
    control.session("s", readyAfterSeconds=0, finalState="HIBERNATING", statusCode="STREAM_ASLEEP")
    stream = create()
    assert (stream["state"], stream["statusCode"]) == ("HIBERNATING", "STREAM_ASLEEP")
    assert "url" not in stream
    assert sorted(witness.take()) == [
        "CreateStreamingSessionStream.stream.state is HIBERNATING, which its enum lacks",
        "CreateStreamingSessionStream.stream.statusCode is STREAM_ASLEEP, which its enum lacks",
    ]


@pytest.mark.parametrize("never", [{"readyAfterSeconds": None}, {"finalState": "CREATE_IN_PROGRESS"}])
def test_a_stream_may_never_be_ready(
    never: dict[str, Any], control: Control, create: Create, get: Get, clock: FakeClock
) -> None:
    control.session("s", **never)
    stream = create()
    clock.advance(86_400)
    assert get(stream)["state"] == "CREATE_IN_PROGRESS"


def test_a_ready_stream_may_lack_its_url(control: Control, create: Create) -> None:
    control.session("s", readyAfterSeconds=0, url=False)
    stream = create()
    assert stream["state"] == "READY"
    assert "url" not in stream


def test_a_ready_stream_may_have_any_text_for_its_url(control: Control, create: Create) -> None:
    control.session("s", readyAfterSeconds=0, url="javascript:alert(1)")
    assert create()["url"] == "javascript:alert(1)"


def test_what_is_set_later_applies_to_the_streams_that_exist(
    control: Control, create: Create, get: Get, clock: FakeClock
) -> None:
    control.session("s", readyAfterSeconds=None)
    stream = create()
    clock.advance(60)
    control.session("s", readyAfterSeconds=5)
    assert get(stream)["state"] == "READY"


def test_a_repeated_client_token_returns_the_same_stream(create: Create) -> None:
    first = create(clientToken="token", expirationInSeconds=90)
    assert create(clientToken="token", expirationInSeconds=90)["streamId"] == first["streamId"]
    assert create(clientToken="another")["streamId"] != first["streamId"]


@pytest.mark.parametrize("other", [{"expirationInSeconds": 91}, {}, {"session_id": "t", "expirationInSeconds": 90}])
def test_a_client_token_with_other_parameters_is_refused(other: dict[str, Any], client: Client, create: Create) -> None:
    create(clientToken="token", expirationInSeconds=90)
    with pytest.raises(client.exceptions.ValidationException):
        create(clientToken="token", **other)


def test_concurrent_calls_with_one_client_token_make_one_stream(create: Create) -> None:
    with ThreadPoolExecutor(8) as pool:
        streams = list(pool.map(lambda _: create(clientToken="token")["streamId"], range(24)))
    assert len(set(streams)) == 1


def test_a_session_that_is_not_ready_takes_no_stream(control: Control, client: Client, create: Create) -> None:
    control.session("s", sessionState="STOPPED")
    with pytest.raises(client.exceptions.ConflictException):
        create()


@pytest.mark.parametrize(("studio", "session"), [("studio", "t"), ("other", "s")])
def test_a_stream_is_found_only_where_it_was_created(
    studio: str, session: str, control: Control, client: Client, create: Create
) -> None:
    stream_id = create()["streamId"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_streaming_session_stream(studioId=studio, sessionId=session, streamId=stream_id)
    assert control.calls()[-1]["streamId"] == stream_id


@pytest.mark.parametrize("shown", ["dcv://x.example/?token=a", "javascript:alert(1)", "https://x.example/"])
def test_a_stream_may_have_a_url_of_any_scheme(shown: str, control: Control, create: Create) -> None:
    control.session("s", readyAfterSeconds=0, url=shown)
    assert create()["url"] == shown

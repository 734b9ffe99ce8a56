"""The message that announces an outcome."""

from __future__ import annotations

import pytest

from greenroom.delivery.message import Message, compose, progress_frame
from greenroom.domain.values import Failure, RequestState
from tests.support.examples import URL, a_body, a_link, a_record, a_stream_url
from tests.support.fakes import NOW

COMMON = {"id": "r", "provider": "nimble", "studioId": "studio", "sessionId": "session"}
DETAIL_TYPES = {
    RequestState.READY: "Stream Ready",
    RequestState.FAILED: "Stream Failed",
    RequestState.TIMED_OUT: "Stream Timed Out",
    RequestState.CANCELLED: "Stream Cancelled",
}
HOOK = "https://hooks.example/x"
UNHAPPY = [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED]


def a_ready_message() -> Message:
    stream_url = a_stream_url(117.9)
    record = a_record(state=RequestState.READY, stream_id="stream", settled_at=NOW, expires_at=stream_url.expires_at)
    return compose(record, stream_url, NOW)


def test_a_ready_stream_is_announced_with_its_url() -> None:
    assert a_ready_message().as_dict() == {
        "type": "stream.ready",
        "timestamp": "2026-11-24T12:00:00Z",
        "data": {
            **COMMON,
            "streamId": "stream",
            "state": "READY",
            "url": URL,
            "expiresAt": "2026-11-24T12:01:57Z",
            "secondsLeft": 117,
            "metadata": {},
        },
    }


def test_a_url_that_is_to_be_claimed_is_announced_without_it() -> None:
    record = a_record(a_body(claim=True), state=RequestState.READY, settled_at=NOW)
    message = compose(record, a_stream_url(), NOW)
    assert (message.type, message.data["state"], message.data["secondsLeft"]) == ("stream.ready", "READY", 120)
    assert "url" not in message.data
    assert URL not in str(message.as_dict())


def test_a_url_that_was_claimed_before_it_was_announced_is_no_failure() -> None:
    """A claim takes the URL away; a target that hears of the outcome after that must still hear of a ready stream."""
    claimed = a_record(a_body(claim=True), state=RequestState.READY, settled_at=NOW)
    assert compose(claimed, None, NOW).type == "stream.ready"


def test_a_url_that_the_table_has_let_go_is_not_announced_as_ready() -> None:
    data = compose(a_record(state=RequestState.READY), None, NOW).data
    assert (data["error"], data["message"]) == ("UrlExpired", "The stream's URL expired before it could be handed over")


def test_progress_is_told_in_the_service_s_words() -> None:
    answer = {"state": "CREATE_IN_PROGRESS", "statusCode": "STREAM_CREATE_IN_PROGRESS", "ownedBy": "somebody"}
    assert progress_frame(a_record(stream=answer)) == {
        "type": "stream.progress",
        "data": {"id": "r", "state": "CREATE_IN_PROGRESS", "statusCode": "STREAM_CREATE_IN_PROGRESS"},
    }


def test_the_bus_learns_all_but_the_url() -> None:
    whole, told = a_ready_message().as_dict(), a_ready_message().without_url()
    assert URL not in str(told)
    assert told == whole | {"data": {key: value for key, value in whole["data"].items() if key != "url"}}


def test_a_link_to_the_waiting_room_stands_in_the_message_and_the_bus_does_not_get_it() -> None:
    record = a_record(a_body(claim=True, waitingRoom=True), state=RequestState.READY, settled_at=NOW)
    link = a_link(record, NOW)
    message = compose(record, a_stream_url(), NOW, link)
    assert message.data["waitingRoom"] == {"url": link.url, "expiresAt": "2026-11-24T12:02:00Z"}
    assert link.url not in str(message.without_url())
    assert "waitingRoom" not in message.without_url()["data"]


@pytest.mark.parametrize("state", UNHAPPY)
def test_any_other_outcome_says_why_and_has_no_url(state: RequestState) -> None:
    failure = Failure("SomeError", "A sentence", "CREATE_FAILED", "INTERNAL_ERROR")
    message = compose(a_record(state=state, settled_at=NOW, failure=failure), a_stream_url(), NOW)
    assert message.as_dict() == {
        "type": f"stream.{state.value}",
        "timestamp": "2026-11-24T12:00:00Z",
        "data": {
            **COMMON,
            "error": "SomeError",
            "message": "A sentence",
            "state": "CREATE_FAILED",
            "statusCode": "INTERNAL_ERROR",
            "metadata": {},
        },
    }


@pytest.mark.parametrize("state", UNHAPPY)
def test_an_outcome_without_a_reason_still_has_error_and_message(state: RequestState) -> None:
    data = compose(a_record(state=state), None, NOW).data
    assert (data["error"], data["message"]) == ("Unknown", f"The request ended as {state}")


def test_what_the_service_did_not_say_is_left_out() -> None:
    record = a_record(state=RequestState.FAILED, failure=Failure("SomeError", "A sentence"))
    assert compose(record, None, NOW).data.keys() == {*COMMON, "error", "message", "metadata"}


@pytest.mark.parametrize("seconds", [0, -60, 0.5])
@pytest.mark.parametrize("claim", [True, False])
def test_a_url_whose_time_is_over_is_never_handed_out(seconds: float, *, claim: bool) -> None:
    stream_url = a_stream_url(seconds)
    record = a_record(a_body(claim=claim), state=RequestState.READY, expires_at=stream_url.expires_at)
    message = compose(record, stream_url, NOW)
    assert (message.type, message.data["error"]) == ("stream.failed", "UrlExpired")
    assert "url" not in message.data
    assert URL not in str(message.as_dict())


@pytest.mark.parametrize("state", DETAIL_TYPES)
def test_every_outcome_has_its_name_on_the_bus(state: RequestState) -> None:
    assert compose(a_record(state=state), a_stream_url(), NOW).detail_type == DETAIL_TYPES[state]


@pytest.mark.parametrize("state", DETAIL_TYPES)
def test_metadata_comes_back_as_it_was_given(state: RequestState) -> None:
    given = {"ticket": "A-17", "none": None, "deep": [1, None, {"none": None, "streamId": "theirs"}]}
    message = compose(a_record(a_body(metadata=given), state=state), a_stream_url(), NOW)
    assert message.data["metadata"] == given


def test_a_message_has_the_same_id_at_each_attempt() -> None:
    record = a_record(state=RequestState.READY, settled_at=NOW)
    early, late = (compose(record, a_stream_url(120), a_stream_url(after).expires_at) for after in (1, 100))
    assert early.id_at(HOOK) == late.id_at(HOOK)
    assert early.timestamp == late.timestamp
    assert early.data["secondsLeft"] > late.data["secondsLeft"]


def test_messages_of_different_requests_have_different_ids() -> None:
    ready = [a_record(id=id_, state=RequestState.READY) for id_ in ("a", "b")]
    assert len({compose(record, a_stream_url(), NOW).id_at(HOOK) for record in ready}) == 2


def test_a_request_of_a_batch_says_which() -> None:
    assert compose(a_record(state=RequestState.FAILED, batch="b"), None, NOW).data["batch"] == "b"

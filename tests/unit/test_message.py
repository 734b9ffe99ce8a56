"""The message that announces an outcome, and who gets it."""

from __future__ import annotations

import pytest

from greenroom.domain import Failure, RequestState
from greenroom.message import Delivery, Message, compose, deliveries, progress_frame
from tests.unit.examples import URL, a_body, a_connection, a_record
from tests.unit.fakes import NOW

HOOK = {"type": "webhook", "url": "https://hooks.example/x"}
SOCKET = {"type": "websocket", "connectionId": "c="}
COMMON = {"id": "r", "studioId": "studio", "sessionId": "session"}
DETAIL_TYPES = {
    RequestState.READY: "Stream Ready",
    RequestState.FAILED: "Stream Failed",
    RequestState.TIMED_OUT: "Stream Timed Out",
    RequestState.CANCELLED: "Stream Cancelled",
}
UNHAPPY = [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED]


def a_ready_message() -> Message:
    connection = a_connection(117.9)
    record = a_record(state=RequestState.READY, stream_id="stream", settled_at=NOW, expires_at=connection.expires_at)
    return compose(record, connection, NOW)


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
    message = compose(record, a_connection(), NOW)
    assert (message.type, message.data["state"], message.data["secondsLeft"]) == ("stream.ready", "READY", 120)
    assert "url" not in message.data
    assert URL not in str(message.as_dict())


def test_a_url_that_was_claimed_before_it_was_announced_is_no_failure() -> None:
    """A claim takes the connection away; whoever hears of the outcome after that must still hear of a ready stream."""
    claimed = a_record(a_body(claim=True), state=RequestState.READY, settled_at=NOW)
    assert compose(claimed, None, NOW).type == "stream.ready"


def test_a_url_that_the_table_has_let_go_is_not_announced_as_ready() -> None:
    assert compose(a_record(state=RequestState.READY), None, NOW).data["error"] == "UrlExpired"


def test_progress_is_told_in_the_service_s_words() -> None:
    answer = {"state": "CREATE_IN_PROGRESS", "statusCode": "STREAM_CREATE_IN_PROGRESS", "ownedBy": "somebody"}
    assert progress_frame(a_record(answer=answer)) == {
        "type": "stream.progress",
        "data": {"id": "r", "state": "CREATE_IN_PROGRESS", "statusCode": "STREAM_CREATE_IN_PROGRESS"},
    }


def test_the_bus_learns_all_but_the_url() -> None:
    whole, told = a_ready_message().as_dict(), a_ready_message().without_url()
    assert URL not in str(told)
    assert told == whole | {"data": {key: value for key, value in whole["data"].items() if key != "url"}}


@pytest.mark.parametrize("state", UNHAPPY)
def test_any_other_outcome_says_why_and_has_no_url(state: RequestState) -> None:
    failure = Failure("SomeError", "A sentence", "CREATE_FAILED", "INTERNAL_ERROR")
    message = compose(a_record(state=state, settled_at=NOW, failure=failure), a_connection(), NOW)
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
    assert data["error"]
    assert data["message"]


def test_what_the_service_did_not_say_is_left_out() -> None:
    record = a_record(state=RequestState.FAILED, failure=Failure("SomeError", "A sentence"))
    assert compose(record, None, NOW).data.keys() == {*COMMON, "error", "message", "metadata"}


@pytest.mark.parametrize("seconds", [0, -60, 0.5])
@pytest.mark.parametrize("claim", [True, False])
def test_a_url_whose_time_is_over_is_never_handed_out(seconds: float, *, claim: bool) -> None:
    connection = a_connection(seconds)
    record = a_record(a_body(claim=claim), state=RequestState.READY, expires_at=connection.expires_at)
    message = compose(record, connection, NOW)
    assert (message.type, message.data["error"]) == ("stream.failed", "UrlExpired")
    assert "url" not in message.data
    assert URL not in str(message.as_dict())


@pytest.mark.parametrize("state", DETAIL_TYPES)
def test_every_outcome_has_its_name_on_the_bus(state: RequestState) -> None:
    assert compose(a_record(state=state), a_connection(), NOW).detail_type == DETAIL_TYPES[state]


@pytest.mark.parametrize("state", DETAIL_TYPES)
def test_metadata_comes_back_as_it_was_given(state: RequestState) -> None:
    record = a_record(a_body(metadata={"ticket": "A-17", "deep": [1, None]}), state=state)
    assert compose(record, a_connection(), NOW).data["metadata"] == {"ticket": "A-17", "deep": [1, None]}


def test_a_message_has_the_same_id_at_each_attempt() -> None:
    record = a_record(state=RequestState.READY, settled_at=NOW)
    early, late = (compose(record, a_connection(120), a_connection(after).expires_at) for after in (1, 100))
    assert early.id == late.id
    assert early.timestamp == late.timestamp
    assert early.data["secondsLeft"] > late.data["secondsLeft"]


def test_messages_of_different_requests_have_different_ids() -> None:
    ready = [a_record(id=id_, state=RequestState.READY) for id_ in ("a", "b")]
    assert len({compose(record, a_connection(), NOW).id for record in ready}) == 2


def test_the_bus_always_gets_a_delivery_and_the_topic_when_nobody_is_named() -> None:
    assert deliveries(a_record()) == [Delivery("r", {"type": "bus"}), Delivery("r", {"type": "sns"})]


def test_the_topic_gets_none_when_others_are_named() -> None:
    named = deliveries(a_record(a_body(notify=[HOOK, SOCKET])))
    assert [dict(delivery.target) for delivery in named] == [{"type": "bus"}, HOOK, SOCKET]


def test_a_target_that_is_named_twice_gets_one_delivery() -> None:
    other = HOOK | {"url": "https://hooks.example/y"}
    named = deliveries(a_record(a_body(notify=[HOOK, SOCKET, HOOK, other, {"type": "sns"}, SOCKET, {"type": "sns"}])))
    assert len(named) == len({delivery.key for delivery in named}) == 5


def test_a_delivery_is_read_from_what_was_queued() -> None:
    for delivery in deliveries(a_record(a_body(notify=[HOOK, SOCKET]))):
        assert Delivery(**delivery.as_dict()) == delivery

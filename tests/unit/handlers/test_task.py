"""The shape of the state machine's tasks: read the payload, take one step, answer, and log it all under one id."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from greenroom.domain.errors import DeadlineExceeded, ServiceRefused
from greenroom.flow.payloads import Payload
from greenroom.handlers.task import Handler, task
from greenroom.observability import logger
from simulation.process import LambdaContext
from tests.unit.handlers.conftest import Log


class Asked(Payload, frozen=True):
    id: str
    stream_id: str = ""

    @property
    def request_id(self) -> str:
        return self.id


class Answered(Payload, frozen=True):
    stream_id: str
    detail: str | None = None


def look_up(given: Asked) -> Answered:
    logger.info("Looking up")
    return Answered(stream_id="the " + given.stream_id)


def call(handler: Handler, **event: Any) -> dict[str, Any]:
    return handler(event, LambdaContext())


def call_that_fails(error: Exception) -> None:
    def fail(_: Asked) -> Answered:
        raise error

    with pytest.raises(type(error)) as caught:
        call(task(Asked, fail), id="r")
    assert caught.value is error


def test_a_task_reads_its_payload_takes_its_step_and_answers_in_the_words_of_the_asl() -> None:
    assert call(task(Asked, look_up), id="r", streamId="stream") == {"streamId": "the stream"}


def test_a_step_that_has_nothing_to_tell_answers_with_nothing() -> None:
    def done(given: Asked) -> None:
        assert given.id == "r"

    assert call(task(Asked, done), id="r") == {}


def test_a_payload_that_cannot_be_read_is_raised_and_no_step_taken(log: Log) -> None:
    with pytest.raises(msgspec.ValidationError, match="`id`"):
        call(task(Asked, look_up), streamId="stream")
    assert log() == []


def test_every_line_has_the_request_s_id(log: Log) -> None:
    call(task(Asked, look_up), id="r")
    assert [(line["message"], line["request_id"]) for line in log()] == [
        ("Looking up", "r"),
        ("look_up is done", "r"),
    ]


@pytest.mark.parametrize(
    "error", [DeadlineExceeded("too late"), ServiceRefused("NoSuchSession", "none"), KeyError("a")]
)
def test_an_error_is_logged_by_its_name_and_raised_for_the_state_machine(error: Exception, log: Log) -> None:
    call_that_fails(error)
    (line,) = log()
    assert (line["level"], line["message"]) == ("WARNING", f"fail raised {type(error).__name__}")
    assert (line["request_id"], line["reason"]) == ("r", str(error))


def test_a_call_leaves_no_id_behind_for_the_next(log: Log) -> None:
    call(task(Asked, look_up), id="r")
    call_that_fails(DeadlineExceeded("too late"))
    logger.info("Between calls")
    call(task(Asked, look_up), id="next")
    assert [line.get("request_id") for line in log()] == ["r", "r", "r", None, "next", "next"]


def test_no_line_holds_what_the_call_was_given(log: Log) -> None:
    call(task(Asked, look_up), id="r", streamId="private")
    assert "private" not in str(log())

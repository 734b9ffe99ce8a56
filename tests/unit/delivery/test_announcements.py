"""All that is announced, made as plain dictionaries, is what the models of its documentation say, to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from greenroom.delivery.announcements import (
    FailureData,
    FailureMessage,
    ProgressFrame,
    ReadyData,
    ReadyMessage,
    RejectedData,
)
from greenroom.delivery.message import Message, compose, progress_frame
from greenroom.delivery.rejection import Rejections
from greenroom.domain.values import Failure, RequestState
from greenroom.domain.wire import Outgoing
from greenroom.flow.payloads import Rejection
from greenroom.record.model import Record
from tests.support.admission import an_admission
from tests.support.examples import RULES, a_body, a_link, a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue

SAID = Failure("SomeError", "A sentence", "CREATE_FAILED", "INTERNAL_ERROR")
METADATA = {"ticket": "A-17", "none": None, "deep": [1, None, {"none": None}]}
LATE = a_stream_url(120).expires_at


def whole(state: RequestState, body: dict[str, Any] | None = None, **fields: Any) -> Record:
    return a_record(
        a_body(metadata=METADATA, **(body or {})), state=state, settled_at=NOW, stream_id="stream", **fields
    )


def rejected(request: Any, error: Exception) -> Mapping[str, Any]:
    bus = RecordingBus()
    rejections = Rejections(RULES, an_admission(), bus, RecordingDeadLetterQueue())
    rejections.reject(Rejection("r", type(error).__name__, str(error), request))
    return bus.events[0][1]


READY = [
    compose(whole(RequestState.READY), a_stream_url(), NOW),
    compose(whole(RequestState.READY, {"claim": True}), a_stream_url(), NOW),
    compose(a_record(state=RequestState.READY), a_stream_url(), NOW),
    compose(a_record(state=RequestState.READY), a_stream_url(), NOW, a_link(a_record(state=RequestState.READY), NOW)),
]
FAILED = [
    *(compose(whole(state, failure=SAID), None, NOW) for state in RequestState if state.is_terminal),
    *(compose(a_record(state=state), None, NOW) for state in (RequestState.FAILED, RequestState.CANCELLED)),
    compose(whole(RequestState.READY), a_stream_url(), LATE),
]
FRAMES = [
    progress_frame(a_record(stream={"state": "CREATE_IN_PROGRESS", "statusCode": "A_CODE", "ownedBy": "ada"})),
    progress_frame(a_record(stream={"state": "CREATE_IN_PROGRESS"})),
    progress_frame(a_record()),
]
REJECTIONS = [rejected({}, ValueError("wrong")), rejected(a_body(), ValueError("taken"))]
ANNOUNCED: list[tuple[type[Outgoing], Mapping[str, Any]]] = [
    *((ReadyMessage, message.as_dict()) for message in READY),
    *((ReadyMessage, message.without_url()) for message in READY),
    *((FailureMessage, message.as_dict()) for message in FAILED),
    *((FailureMessage, message.without_url()) for message in FAILED),
    *((ProgressFrame, frame) for frame in FRAMES),
    *((RejectedData, detail) for detail in REJECTIONS),
]


def test_every_outcome_is_among_them() -> None:
    kinds = {message.type for message in [*READY, *FAILED]}
    assert kinds == {f"stream.{state}" for state in RequestState if state.is_terminal}


@pytest.mark.parametrize(("model", "announced"), ANNOUNCED)
def test_what_is_announced_is_what_its_model_would_write(model: type[Outgoing], announced: Mapping[str, Any]) -> None:
    """Names and types, what must be there, what is left out, and how times are written."""
    read = model.model_validate(announced, by_alias=True, by_name=False)
    assert read.dump() == announced


@pytest.mark.parametrize("message", [*READY, *FAILED], ids=lambda message: message.type)
def test_beside_the_fields_of_its_model_a_message_has_those_that_identify_the_stream_and_no_others(
    message: Message,
) -> None:
    model = ReadyData if message.type == "stream.ready" else FailureData
    read = model.model_validate(message.data, by_alias=True, by_name=False)
    assert read.model_extra == {"studioId": "studio", "sessionId": "session"}

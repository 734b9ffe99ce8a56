"""All JSON that goes out fits the documents for others, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest

from greenroom.api.problem import problem
from greenroom.delivery.message import Message, compose, progress_frame
from greenroom.delivery.rejection import Rejections
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.payloads import Rejection
from greenroom.record.model import Record
from tests.support.admission import an_admission
from tests.support.desk import Desk
from tests.support.documents import fits_component, fits_event
from tests.support.examples import RULES, a_body, a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue

SAID = {"state": "CREATE_FAILED", "statusCode": "NETWORK_CONNECTION_ERROR", "streamId": "stream"}
METADATA = {"ticket": "A-17", "deep": [{"er": None}], "nothing": None}
FAILURE = Failure("StreamFailed", "No stream", SAID["state"], SAID["statusCode"])
RECORDS = {
    "pending": a_record(),
    "making": a_record(stream=SAID, stream_id="stream"),
    "ready": a_record(a_body(metadata=METADATA), state=RequestState.READY, stream_id="stream", stream=SAID),
    "to be claimed": a_record(a_body(claim=True), state=RequestState.READY, settled_at=NOW),
    "failed": a_record(state=RequestState.FAILED, failure=FAILURE, stream=SAID, settled_at=NOW),
    "timed out": a_record(state=RequestState.TIMED_OUT, failure=Failure("DeadlineExceeded", "Too late")),
    "cancelled": a_record(a_body(metadata=METADATA), state=RequestState.CANCELLED),
}
ENDED = [record for record in RECORDS.values() if record.state.is_terminal]


def message(record: Record) -> Message:
    return compose(record, a_stream_url(), NOW)


def altered(document: Mapping[str, Any], **data: object) -> dict[str, Any]:
    return {**document, "data": {**document["data"], **data}}


@pytest.mark.parametrize("record", ENDED, ids=lambda record: record.state)
def test_every_message_fits_its_schema(record: Record) -> None:
    assert fits_event("message", message(record).as_dict())


@pytest.mark.parametrize("record", ENDED, ids=lambda record: record.state)
def test_what_the_bus_gets_fits_its_schema_which_knows_no_url(record: Record) -> None:
    detail = message(record).without_url()
    assert fits_event("outcome", detail)
    assert not fits_event("outcome", altered(detail, url="https://gateway.example"))


@pytest.mark.parametrize("record", ENDED, ids=lambda record: record.state)
def test_a_message_with_an_unknown_field_does_not_fit(record: Record) -> None:
    sent = message(record).as_dict()
    assert not fits_event("message", {**sent, "colour": "red"})
    assert not fits_event("message", altered(sent, colour="red"))
    assert not fits_event("message", {**sent, "type": "stream.progress"})


def test_a_failure_with_a_url_does_not_fit() -> None:
    assert not fits_event("message", altered(message(RECORDS["failed"]).as_dict(), url="https://gateway.example"))


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_progress_fits_its_schema(record: Record) -> None:
    assert fits_event("progress", progress_frame(record))
    assert not fits_event("progress", altered(progress_frame(record), url="https://gateway.example"))


@pytest.mark.parametrize("raw", [None, {}, a_body(studioId="a b", colour="red"), a_body()], ids=str)
def test_a_rejection_fits_its_schema(raw: Any) -> None:
    bus = RecordingBus()
    rejections = Rejections(RULES, an_admission(), bus, RecordingDeadLetterQueue())
    rejections.reject(Rejection("r", "InvalidRequest", "wrong", raw))
    assert fits_event("stream-rejected", bus.events[0][1])


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_what_the_api_answers_fits_its_schemas(record: Record) -> None:
    desk = Desk(record, r=a_stream_url())
    assert fits_component("StreamDetails", desk.show().body)
    assert fits_component("StreamView", desk.create().body)
    assert fits_component("StreamPage", desk.list(limit="1"))


def test_a_cancelled_request_and_a_claimed_url_fit_their_schemas() -> None:
    assert fits_component("StreamView", Desk(RECORDS["making"]).cancel().body)
    assert fits_component("ClaimedUrl", Desk(RECORDS["to be claimed"], r=a_stream_url()).claim().body)


@pytest.mark.parametrize("errors", [[], [{"field": "studioId", "detail": "is required"}]])
def test_a_problem_fits_its_schema(errors: list[dict[str, str]]) -> None:
    answer = problem(HTTPStatus.BAD_REQUEST, "A field is missing", errors)
    assert fits_component("Problem", json.loads(answer.body or ""))

"""Whatever comes to the bus, to StartExecution and to the WebSocket API: it is taken, or refused with its reason."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.api.owners import Owners
from greenroom.delivery.event_requests import NO_EVENT
from greenroom.delivery.rejection import DETAIL_TYPE, Rejections
from greenroom.domain.errors import InvalidRequest, RequestConflict
from greenroom.flow.payloads import Rejection, Submission
from greenroom.handlers import websocket
from greenroom.handlers.task import task
from simulation.process import LambdaContext
from tests.support import tables
from tests.support.admission import InMemoryOrigins, an_admission
from tests.support.anything import anything, requests, texts, texts_of
from tests.support.examples import RULES, an_acceptance
from tests.support.profiles import share
from tests.support.recorders import RecordingBus, RecordingDeadLetterQueue, RecordingFrames
from tests.unit.handlers.test_accept_event import EVENT_ID, Door

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html
LONGEST_CAUSE = 32_768
WEEK = timedelta(days=7)
CALLER = "arn:aws:sts::123456789012:assumed-role/Artist/ada"
# As Step Functions and Lambda hand JSON over: neither of them has numbers that JSON has not.
inputs = st.one_of(requests, st.builds(lambda name: {"renew": name}, st.one_of(anything, st.just("x" * 250_000)))).map(
    lambda found: json.loads(json.dumps(found).replace("NaN", "0").replace("Infinity", "1e308"))
)
events = st.one_of(
    texts_of(st.builds(lambda detail: {"id": EVENT_ID, "detail": detail}, requests)),
    texts_of(st.builds(lambda name, detail: {"id": name, "detail": detail}, anything, requests)),
    texts_of(anything),
)


@given(message=events)
def test_a_message_of_the_queue_starts_one_execution_or_is_kept_with_its_reason(message: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        door = Door(patch)
        assert door.call(message) == {"batchItemFailures": []}
    started, kept = door.executions.started, door.letters.kept
    assert len(started) + len(kept) == 1
    assert all(name == EVENT_ID for name, _ in started)
    for letter in kept:
        _ensure_it_says_why(letter)


@pytest.fixture(scope="module")
def records() -> Iterator[DynamoDbRecords]:
    """The table of records, with DynamoDB's limits."""
    with tables.dynamodb() as client:
        yield DynamoDbRecords(client, tables.a_table_of_records(client), WEEK)


@given(asked=inputs, name=st.uuids())
@share(0.7)
def test_an_execution_s_input_is_put_on_record_or_told_on_the_bus_and_kept(
    asked: Any, name: uuid.UUID, records: DynamoDbRecords
) -> None:
    bus, letters = RecordingBus(), RecordingDeadLetterQueue()
    accept = task(Submission, an_acceptance(records, admission=an_admission()).accept_request)
    reject = task(Rejection, Rejections(RULES, an_admission(), bus, letters).reject)
    submission = {"id": str(name), "request": asked}
    try:
        work = accept(submission, LambdaContext())
    except (InvalidRequest, RequestConflict) as refused:
        cause = json.dumps({"errorMessage": str(refused), "errorType": type(refused).__name__})
        assert len(cause) <= LONGEST_CAUSE
        reject({**submission, "Error": type(refused).__name__, "Cause": cause}, LambdaContext())
        (_, told), (kept,) = *bus.events, letters.kept
        _ensure_it_says_why(kept)
        assert told["errors"] == kept["errors"]
    else:
        record = records.get(work["id"])
        assert record is not None
        assert (record.state.value, bus.events) == ("pending", [])


@given(
    kind=st.sampled_from(["CONNECT", "MESSAGE", "DISCONNECT", ""]),
    body=st.one_of(st.none(), texts_of(anything)),
    caller=st.one_of(st.none(), texts, st.just(CALLER)),
    identity=st.dictionaries(st.sampled_from(["sourceIp", "userAgent", "cognitoIdentityId"]), texts),
    connection=st.one_of(st.none(), st.just("L0SM9cOFvHcCIhw=")),
    query=st.one_of(st.none(), st.dictionaries(texts, texts, max_size=3)),
)
def test_a_client_of_the_websocket_api_is_answered_whatever_it_sends(
    *, kind: str, body: str | None, caller: str | None, identity: dict[str, str], connection: str | None, query: Any
) -> None:
    frames, origins = RecordingFrames(), InMemoryOrigins()
    context = {"eventType": kind, "connectionId": connection, "identity": {**identity, "userArn": caller}}
    event = {"requestContext": context, "body": body, "queryStringParameters": query, "isBase64Encoded": False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(websocket, "clients", frames)
        patch.setattr(websocket, "origins", origins)
        patch.setattr(websocket, "owners", Owners())
        assert websocket.handler(event, LambdaContext("Websocket")) == {"statusCode": 200}
    is_known = connection is not None
    assert len(frames.sent) == (kind == "MESSAGE" and is_known)
    assert origins.owners == ({connection: caller or ""} if kind == "CONNECT" and is_known else {})


def _ensure_it_says_why(letter: Any) -> None:
    """A letter of a request names each field and rule, or is no event at all."""
    assert letter["reason"] in {DETAIL_TYPE, NO_EVENT}
    if letter["reason"] == DETAIL_TYPE:
        assert letter["error"] in {"InvalidRequest", "NotAllowed", "RequestConflict", "NameTaken"}
        assert letter["message"]
        assert letter.get("errors") or letter["error"] in {"RequestConflict", "NameTaken"}
        assert all(error["field"] and error["detail"] for error in letter.get("errors", ()))

"""A record as an item of the requests table, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from greenroom.adapters.request_items import from_item, to_item
from greenroom.domain import Failure, RequestState
from greenroom.record import Record
from greenroom.request import WebhookTarget
from tests.unit.examples import OWNER, a_body, a_record
from tests.unit.fakes import NOW

HOOK = {"type": "webhook", "url": "https://hooks.example/x"}
SOCKET = {"type": "websocket", "connectionId": "c="}


def stored(item: dict[str, Any]) -> Any:
    """Send an item through DynamoDB's own types, there and back."""
    wire = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    return {name: TypeDeserializer().deserialize(value) for name, value in wire.items()}


@pytest.mark.parametrize(
    "record",
    [
        a_record(),
        a_record(owner=None),
        a_record(a_body(claim=True, stopStartedSession=True, deadlineSeconds=60, expirationInSeconds=60)),
        a_record(a_body(notify=[HOOK, SOCKET, {"type": "sns"}])),
        a_record(notify=(WebhookTarget(type="webhook", url="https://default.example"),), claim=True),
        a_record(a_body(metadata={"float": 1.5, "big": 10**30, "none": None, "deep": [{"é": ["語"]}], "": ""})),
    ],
    ids=["bare", "nobody's", "all choices", "all targets", "the deployment's targets", "metadata"],
)
def test_a_new_record_comes_back_as_it_was(record: Record) -> None:
    back = from_item(stored(to_item(record)))
    assert back == record
    assert back.request.digest == record.request.digest


def test_an_outcome_comes_back_as_it_was() -> None:
    service = {"state": "CREATE_FAILED", "statusCode": "INTERNAL_ERROR"}
    later = {
        "state": "failed",
        "settledAt": (NOW + timedelta(seconds=7.5)).isoformat(),
        "failure": {"error": "StreamFailed", "message": "No stream", **service},
        "streamId": "stream",
        "sessionStarted": True,
        "stream": {"state": "CREATE_FAILED"},
        "delivered": {"sns", "bus"},
    }
    assert from_item(stored(to_item(a_record()) | later)) == replace(
        a_record(),
        state=RequestState.FAILED,
        settled_at=NOW + timedelta(seconds=7.5),
        failure=Failure("StreamFailed", "No stream", "CREATE_FAILED", "INTERNAL_ERROR"),
        stream_id="stream",
        session_started=True,
        answer={"state": "CREATE_FAILED"},
        delivered=frozenset({"sns", "bus"}),
    )


def test_a_failure_may_come_without_the_service_s_words() -> None:
    item = to_item(a_record()) | {"state": "cancelled", "failure": {"error": "RequestCancelled", "message": "By you"}}
    assert from_item(stored(item)).failure == Failure("RequestCancelled", "By you")


def test_an_item_says_what_the_filters_of_its_followers_look_for() -> None:
    plain, watched = to_item(a_record()), to_item(a_record(a_body(notify=[SOCKET], stopStartedSession=True)))
    assert (plain["state"], plain["watched"], plain["stopStartedSession"]) == ("pending", False, False)
    assert (watched["watched"], watched["stopStartedSession"]) == (True, True)


def test_an_owner_is_left_out_where_there_is_none() -> None:
    assert to_item(a_record())["owner"] == OWNER
    assert "owner" not in to_item(a_record(owner=None))

"""The shape of the functions that follow the records table: each change alone, and only what failed comes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from greenroom.domain.errors import RecordUnavailable
from greenroom.handlers.changes import changes
from greenroom.observability import logger
from tests.support.recorders import FakeLambdaContext
from tests.unit.handlers.conftest import Log

# A function that counts nothing is told so by the metrics.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


class Follower:
    """Handles changes, and raises the error that a test wrote down for a request."""

    __name__ = "follow"

    def __init__(self, **errors: Exception) -> None:
        self.errors: Mapping[str, Exception] = errors
        self.seen: list[str] = []

    def __call__(self, change: DynamoDBRecord) -> None:
        assert change.dynamodb
        id_ = change.dynamodb.keys["id"]
        self.seen.append(id_)
        logger.info("Seen")
        if id_ in self.errors:
            raise self.errors[id_]


def a_batch(*ids: str) -> dict[str, Any]:
    """Make the event of DynamoDB's stream; the sequence number of a change is its request's id and `-1`."""
    records = [
        {
            "eventID": id_,
            "eventName": "MODIFY",
            "eventSource": "aws:dynamodb",
            "dynamodb": {"Keys": {"id": {"S": id_}}, "SequenceNumber": f"{id_}-1"},
        }
        for id_ in ids
    ]
    return {"Records": records}


def call(follower: Follower, *ids: str) -> dict[str, Any]:
    return dict(changes(follower)(a_batch(*ids), FakeLambdaContext()))


def test_every_change_is_handled_in_order() -> None:
    follower = Follower()
    assert call(follower, "a", "b", "c") == {"batchItemFailures": []}
    assert follower.seen == ["a", "b", "c"]


def test_a_change_that_fails_is_the_only_one_that_is_reported() -> None:
    follower = Follower(b=RecordUnavailable("DynamoDB did not answer"))
    assert call(follower, "a", "b", "c") == {"batchItemFailures": [{"itemIdentifier": "b-1"}]}
    assert follower.seen == ["a", "b", "c"]


@pytest.mark.parametrize("ids", [["b"], ["a", "b"]])
def test_where_all_changes_fail_the_function_fails_so_that_its_errors_count(ids: list[str]) -> None:
    with pytest.raises(BatchProcessingError):
        call(Follower(a=KeyError("a"), b=RecordUnavailable("DynamoDB did not answer")), *ids)


def test_every_line_has_the_id_of_the_change_s_request(log: Log) -> None:
    call(Follower(b=KeyError("bug")), "a", "b", "c")
    logger.info("Between calls")
    assert [(line["message"], line.get("request_id")) for line in log()] == [
        ("Seen", "a"),
        ("Seen", "b"),
        ("follow raised an error", "b"),
        ("Seen", "c"),
        ("Between calls", None),
    ]


def test_an_error_is_logged_by_its_name_with_the_place_where_it_was_raised(log: Log) -> None:
    call(Follower(b=KeyError("bug")), "a", "b")
    (line,) = (line for line in log() if line["level"] == "ERROR")
    assert line["exception_name"] == "KeyError"
    assert "self.errors[id_]" in line["exception"]


def test_one_batch_leaves_no_failure_behind_for_the_next() -> None:
    follower = Follower(b=KeyError("bug"))
    handler = changes(follower)
    assert handler(a_batch("a", "b"), FakeLambdaContext()) == {"batchItemFailures": [{"itemIdentifier": "b-1"}]}
    follower.errors = {}
    assert handler(a_batch("a", "b"), FakeLambdaContext()) == {"batchItemFailures": []}

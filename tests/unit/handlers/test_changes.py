"""The shape of the functions that follow a table: changes in order, up to the first that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from greenroom.domain.errors import RecordUnavailable
from greenroom.handlers.changes import Values, changes
from greenroom.observability import logger
from simulation.process import LambdaContext
from tests.unit.handlers.conftest import Log

OLD = {"state": "pending", "waits": {}}
NEW = {"state": "ready", "delivered": {"bus", "sns"}, "watched": False, "connectSeconds": 120, "waits": {"stream": {}}}


class Follower:
    """Handles changes, and raises the error that a test wrote down for an id."""

    __name__ = "follow"

    def __init__(self, **errors: Exception) -> None:
        self.errors: Mapping[str, Exception] = errors
        self.seen: list[str] = []
        self.values: list[tuple[Values, Values]] = []

    def __call__(self, old: Values, new: Values) -> None:
        self.seen.append(new["id"])
        self.values.append((old, new))
        logger.info("Seen")
        if new["id"] in self.errors:
            raise self.errors[new["id"]]


def a_change(id_: str, number: int, **images: Mapping[str, Any]) -> dict[str, Any]:
    """Make a record of DynamoDB's stream with these images; its sequence number is the id and its place."""
    written = {name: TypeSerializer().serialize({"id": id_, **image})["M"] for name, image in images.items()}
    return {
        "eventID": id_,
        "eventName": "MODIFY",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"id": {"S": id_}}, "SequenceNumber": f"{id_}-{number}", **written},
    }


def a_batch(*ids: str) -> dict[str, Any]:
    return {"Records": [a_change(id_, number, OldImage=OLD, NewImage=NEW) for number, id_ in enumerate(ids)]}


def call(follower: Follower, *ids: str) -> dict[str, Any]:
    return changes(follower)(a_batch(*ids), LambdaContext())


def test_every_change_is_handled_in_order() -> None:
    follower = Follower()
    assert call(follower, "a", "b", "a", "c") == {"batchItemFailures": []}
    assert follower.seen == ["a", "b", "a", "c"]


def test_a_batch_without_a_change_is_done() -> None:
    assert call(Follower()) == {"batchItemFailures": []}


def test_the_item_is_given_as_it_was_and_as_it_is_in_plain_values() -> None:
    follower = Follower()
    call(follower, "a")
    assert follower.values == [({"id": "a", **OLD}, {"id": "a", **NEW})]


@pytest.mark.parametrize("image", ["OldImage", "NewImage"])
def test_an_item_that_was_not_there_or_is_not_there_any_more_is_empty(image: str) -> None:
    """A new item has no old image, and of some tables the stream has no old images at all."""
    seen: list[tuple[Values, Values]] = []
    event = {"Records": [a_change("a", 0, **{image: {}})]}
    changes(lambda old, new: seen.append((old, new)))(event, LambdaContext())
    assert seen == [({"id": "a"}, {}) if image == "OldImage" else ({}, {"id": "a"})]


def test_a_later_change_that_fails_is_named_by_its_number_and_nothing_after_it_is_handled() -> None:
    follower = Follower(b=RecordUnavailable("DynamoDB did not answer"))
    assert call(follower, "a", "b", "c") == {"batchItemFailures": [{"itemIdentifier": "b-1"}]}
    assert follower.seen == ["a", "b"]


def test_of_an_item_that_changed_twice_the_change_that_failed_is_named() -> None:
    """Lambda comes again from that number on: the one before it is done."""

    class FailsTheSecondTime(Follower):
        def __call__(self, old: Values, new: Values) -> None:
            super().__call__(old, new)
            if self.seen.count("a") == 2:
                raise KeyError("a")

    assert call(FailsTheSecondTime(), "a", "b", "a", "c") == {"batchItemFailures": [{"itemIdentifier": "a-2"}]}


@pytest.mark.parametrize("ids", [["b"], ["b", "a", "c"]], ids=str)
def test_where_the_first_change_fails_the_function_fails_so_that_its_errors_count(ids: list[str]) -> None:
    error = RecordUnavailable("DynamoDB did not answer")
    follower = Follower(b=error)
    with pytest.raises(RecordUnavailable) as caught:
        call(follower, *ids)
    assert caught.value is error
    assert follower.seen == ["b"]


def test_the_end_of_the_function_is_no_failure_of_a_change() -> None:
    class Ends(Follower):
        def __call__(self, old: Values, new: Values) -> None:
            super().__call__(old, new)
            if new["id"] == "b":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(Ends(), "a", "b")


def test_every_line_has_the_id_of_the_change_s_item(log: Log) -> None:
    call(Follower(b=KeyError("bug")), "a", "b", "c")
    logger.info("Between calls")
    assert [(line["message"], line.get("request_id")) for line in log()] == [
        ("Seen", "a"),
        ("Seen", "b"),
        ("follow raised an error", "b"),
        ("Between calls", None),
    ]


def test_what_an_item_stands_for_may_be_something_else_than_a_request(log: Log) -> None:
    handler = changes(Follower(), lambda pool: logger.append_context_keys(pool=pool))
    handler(a_batch("studio"), LambdaContext())
    assert [(line["pool"], line.get("request_id")) for line in log()] == [("studio", None)]


@pytest.mark.parametrize("ids", [["a", "b"], ["b"]], ids=str)
def test_an_error_is_logged_once_by_its_name_with_the_place_where_it_was_raised(ids: list[str], log: Log) -> None:
    follower = Follower(b=KeyError("bug"))
    if ids[0] == "b":
        with pytest.raises(KeyError):
            call(follower, *ids)
    else:
        call(follower, *ids)
    (line,) = (line for line in log() if line["level"] == "ERROR")
    assert line["exception_name"] == "KeyError"
    assert "self.errors[new" in line["exception"]


def test_one_batch_leaves_no_failure_behind_for_the_next() -> None:
    follower = Follower(b=KeyError("bug"))
    handler = changes(follower)
    assert handler(a_batch("a", "b"), LambdaContext()) == {"batchItemFailures": [{"itemIdentifier": "b-1"}]}
    follower.errors = {}
    assert handler(a_batch("a", "b"), LambdaContext()) == {"batchItemFailures": []}

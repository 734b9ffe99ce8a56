"""Many items in few calls. What DynamoDB leaves out of a call is asked for again, a few times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from greenroom.domain.errors import RecordUnavailable
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

T = TypeVar("T")
Pause = Callable[[float], None]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
_MOST_READ = 100
_MOST_WRITTEN = 25
# About six seconds in all: on-demand tables grow with what they are asked for.
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def read_items(
    client: DynamoDBClient, table: str, ids: Sequence[str], attributes: Sequence[str] = (), *, pause: Pause = _sleep
) -> dict[str, dict[str, Any]]:
    """The items that are there, as last written, by their ids; of each `id` and `attributes`, or all if there is none.

    RecordUnavailable if DynamoDB leaves items out again and again.
    """
    placeholders = {f"#{number}": name for number, name in enumerate(("id", *attributes))} if attributes else {}
    more: dict[str, Any] = (
        {"ProjectionExpression": ", ".join(placeholders), "ExpressionAttributeNames": placeholders}
        if attributes
        else {}
    )
    found: dict[str, dict[str, Any]] = {}
    for some in _chunks(ids, _MOST_READ):
        asked: Any = {table: {"Keys": [to_item({"id": each}) for each in some], "ConsistentRead": True, **more}}

        def read(asked: Any) -> Mapping[str, Any]:
            answer = client.batch_get_item(RequestItems=asked)
            items = [from_item(item) for item in answer["Responses"].get(table, ())]
            found.update({item["id"]: item for item in items})
            return answer.get("UnprocessedKeys", {})

        _until_nothing_is_left(read, asked, pause)
    return found


def write_items(
    client: DynamoDBClient, table: str, items: Iterable[Mapping[str, Any]], *, pause: Pause = _sleep
) -> None:
    """Put items. RecordUnavailable if DynamoDB leaves some out again and again."""
    for some in _chunks(items, _MOST_WRITTEN):
        asked: Any = {table: [{"PutRequest": {"Item": to_item(item)}} for item in some]}
        _until_nothing_is_left(
            lambda asked: client.batch_write_item(RequestItems=asked).get("UnprocessedItems", {}), asked, pause
        )


def _until_nothing_is_left(call: Callable[[Any], Mapping[str, Any]], asked: Any, pause: Pause) -> None:
    left = call(asked)
    for seconds in _PAUSES:
        if not left:
            return
        pause(seconds)
        left = call(left)
    if left:
        raise RecordUnavailable("DynamoDB has no room for so many items now")


def _chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some

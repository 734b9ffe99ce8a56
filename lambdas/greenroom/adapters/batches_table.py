"""The table of batches, and the index of the records table that finds the requests of a batch.

Of each batch: what was asked for, the slices of its requests with their rejections, and how it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors
from greenroom.adapters.tables import Condition, due, pages, put_new, read_items, updated, write_items
from greenroom.domain.values import Failure, RequestState
from greenroom.record import attribute_values
from greenroom.record.batch import (
    OPEN,
    Batch,
    BatchState,
    Counts,
    Rejection,
    from_item,
    rejections_from_text,
    rejections_to_text,
    slice_from_item,
    slice_id,
    slice_to_item,
    to_item,
)
from greenroom.record.items import BATCH_INDEX, Attribute, failure_to_item, to_text
from greenroom.record.items import from_item as record_from_item
from greenroom.record.model import Record
from greenroom.record.store import Cursor
from greenroom.request.batch_lines import Slice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_REJECTIONS = "rejections"
_UNDECIDED: Condition = {"outcome": False}
_EXISTS: Condition = {Attribute.ID.value: True}


class DynamoDbBatches:
    """Key `id`; DynamoDB deletes an item some time after its `ttl`, `retention` after the batch was to begin."""

    def __init__(self, client: DynamoDBClient, table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._update = partial(updated, client, table)

    @record_errors()
    def add(self, batch: Batch, slices: Sequence[Slice]) -> Batch:
        """Write the requests first, so that a batch that exists has them all."""
        ttl = {Attribute.TTL.value: int((batch.start_at + self._retention).timestamp())}
        items = (
            {Attribute.ID.value: slice_id(batch.id, batch.digest, number), **slice_to_item(part), **ttl}
            for number, part in enumerate(slices)
        )
        write_items(self._client, self._table, items)
        is_new = put_new(self._client, self._table, to_item(batch) | ttl)
        return batch if is_new else self.get(batch.id) or batch

    @record_errors()
    def get(self, batch_id: str) -> Batch | None:
        values = self._item(batch_id)
        # A slice is no batch, whoever asks for its id.
        return from_item(values) if "total" in values else None

    @record_errors()
    def slice(self, batch: Batch, number: int) -> Slice:
        values = self._item(slice_id(batch.id, batch.digest, number))
        if not values:
            raise LookupError(f"There is no slice {number} of batch {batch.id} any more")
        return slice_from_item(values)

    @record_errors()
    def keep_rejections(self, batch: Batch, number: int, rejections: Sequence[Rejection]) -> None:
        self._update(
            slice_id(batch.id, batch.digest, number), {_REJECTIONS: rejections_to_text(rejections)}, condition=_EXISTS
        )

    @record_errors()
    def rejections(self, batch: Batch) -> list[Rejection]:
        ids = [slice_id(batch.id, batch.digest, number) for number in range(batch.slices)]
        found = read_items(self._client, self._table, ids, [_REJECTIONS])
        texts = [found[each][_REJECTIONS] for each in ids if _REJECTIONS in found.get(each, {})]
        return [rejection for text in texts for rejection in rejections_from_text(text)]

    @record_errors()
    def begin(self, batch_id: str, at: datetime, due_at: datetime) -> None:
        begun = {"begunAt": to_text(at), **_due(due_at)}
        self._update(batch_id, begun, condition={**_UNDECIDED, **_EXISTS})

    @record_errors()
    def cancel(self, batch_id: str, at: datetime, due_at: datetime, reason: Failure) -> None:
        changes = {
            "outcome": BatchState.CANCELLED.value,
            "cancelledAt": to_text(at),
            "failure": failure_to_item(reason),
            **_due(due_at),
        }
        self._update(batch_id, changes, condition={**_UNDECIDED, **_EXISTS})

    @record_errors()
    def end(self, batch_id: str, outcome: BatchState, at: datetime, counts: Counts) -> None:
        """Set the outcome, too, unless the batch was cancelled and has it already."""
        before = {"outcome": outcome.value} if outcome is BatchState.CANCELLED else _UNDECIDED
        changes = {"outcome": outcome.value, "endedAt": to_text(at), "counts": counts.dump()}
        self._update(batch_id, changes, condition={**before, "endedAt": False, **_EXISTS})

    @record_errors()
    def mark_told(self, batch_id: str, channels: Iterable[str]) -> None:
        self._update(batch_id, {}, condition=_EXISTS, add={"told": set(channels)})

    @record_errors()
    def close(self, batch_id: str) -> None:
        self._update(batch_id, {}, condition=_EXISTS, remove=(Attribute.OPEN, Attribute.DUE_AT))

    @record_errors()
    def note_successor(self, batch_id: str, number: int, due_at: datetime) -> None:
        self._update(batch_id, {"closings": number, **_due(due_at)}, condition=_EXISTS)

    def overdue(self, by: datetime) -> Iterator[str]:
        return due(self._client, self._table, OPEN, by)

    def _item(self, item_id: str) -> dict[str, Any]:
        key = attribute_values.to_item({Attribute.ID.value: item_id})
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        return attribute_values.from_item(found)


def _due(at: datetime) -> dict[str, str]:
    return {Attribute.DUE_AT.value: to_text(at)}


class DynamoDbMembers:
    """The index, of keys only, is sorted by the state of a request."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @record_errors()
    def ended(self, batch_id: str) -> Mapping[RequestState, int]:
        """Let DynamoDB count: a counter of our own would count a repeated change twice."""
        ends = [state for state in RequestState if state.is_terminal]
        return {
            state: sum(answer["Count"] for answer in self._pages(batch_id, state, Select="COUNT")) for state in ends
        }

    @record_errors()
    def pending(self, batch_id: str, limit: int) -> list[str]:
        answer = next(self._pages(batch_id, RequestState.PENDING, Limit=limit))
        return [item["id"]["S"] for item in answer["Items"]]

    @record_errors()
    def page(
        self, batch_id: str, state: RequestState | None, limit: int, after: Cursor | None = None
    ) -> tuple[list[Record], Cursor | None]:
        more: dict[str, Any] = {"Limit": limit}
        if after:
            more["ExclusiveStartKey"] = attribute_values.to_item({"batch": batch_id, "state": after[0], "id": after[1]})
        answer = next(self._pages(batch_id, state, **more))
        ids = [item["id"]["S"] for item in answer["Items"]]
        found = read_items(self._client, self._table, ids)
        last = attribute_values.from_item(answer.get("LastEvaluatedKey", {}))
        records = [record_from_item(found[each]) for each in ids if each in found]
        return records, (last["state"], last["id"]) if last else None

    def _pages(self, batch_id: str, state: RequestState | None, **more: Any) -> Iterator[Mapping[str, Any]]:
        condition, names, values = "#batch = :batch", {"#batch": Attribute.BATCH.value}, {":batch": batch_id}
        if state:
            condition += " AND #state = :state"
            names["#state"], values[":state"] = Attribute.STATE.value, state.value
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BATCH_INDEX,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": attribute_values.to_item(values),
            **more,
        }
        return pages(self._client, query)

"""The requests of batches, by an index of the records table: sorted by state, keys only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors
from greenroom.adapters.bulk import read_items
from greenroom.domain.values import RequestState
from greenroom.record.attribute_values import from_item as plain
from greenroom.record.attribute_values import to_item as attributes
from greenroom.record.items import BATCH_INDEX, Attribute, from_item
from greenroom.record.model import Record
from greenroom.record.store import Cursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoDbMembers:
    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @record_errors()
    def ended(self, batch_id: str) -> Mapping[RequestState, int]:
        """Counted by DynamoDB: a counter of one's own would count a repeated change twice."""
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
            more["ExclusiveStartKey"] = attributes({"batch": batch_id, "state": after[0], "id": after[1]})
        answer = next(self._pages(batch_id, state, **more))
        ids = [item["id"]["S"] for item in answer["Items"]]
        found = read_items(self._client, self._table, ids)
        last = plain(answer.get("LastEvaluatedKey", {}))
        records = [from_item(found[each]) for each in ids if each in found]
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
            "ExpressionAttributeValues": attributes(values),
            **more,
        }
        while True:
            answer = self._client.query(**query)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

"""The table of paces: one small item of numbers for each operation that a service limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import table_errors
from greenroom.adapters.updates import Condition, update
from greenroom.domain.errors import PaceUnavailable
from greenroom.flow.pacing.paces import SEEN, VERSION, Change, Numbers
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoDbPaces:
    """Key `id`, the pace's name; DynamoDB deletes an item some time after its `ttl`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, name: str, *, consistent: bool) -> Numbers:
        with table_errors(PaceUnavailable):
            answer = self._client.get_item(TableName=self._table, Key=to_item({"id": name}), ConsistentRead=consistent)
        return _numbers(from_item(answer.get("Item", {})))

    def add(self, name: str, amounts: Mapping[str, int], *, seen: float | None = None) -> Numbers:
        changes = {} if seen is None else {SEEN: seen}
        return _numbers(self._update(name, condition={VERSION: True}, changes=changes, add=amounts) or {})

    def change(self, name: str, change: Change) -> bool:
        condition: Condition = {VERSION: change.version or False}
        changes = {VERSION: change.version + 1, **change.put}
        written = self._update(name, condition=condition, changes=changes, remove=change.remove, add=change.add)
        return written is not None

    def _update(self, name: str, **parts: Any) -> dict[str, Any] | None:
        with table_errors(PaceUnavailable):
            return update(self._client, self._table, name, returns="ALL_NEW", **parts)


def _numbers(item: Mapping[str, Any]) -> Numbers:
    return {name: value for name, value in item.items() if name != "id"}

"""The item that closes the doors, in the table of paces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from greenroom.adapters.aws_errors import table_errors
from greenroom.domain.doors import DOORS_ITEM
from greenroom.domain.errors import PaceUnavailable
from greenroom.record.attribute_values import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from greenroom.domain.values import Clock

# `greenroom drain` waits for longer than this before it says that nothing is left.
READ_EVERY = timedelta(seconds=5)


class DynamoDbDoors:
    """Open while there is no such item. Where it cannot be read, they are as they were, and open at first."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._open = True
        self._read_at = datetime.min.replace(tzinfo=UTC)

    def are_open(self) -> bool:
        if self._clock() - self._read_at >= READ_EVERY:
            self._read_at = self._clock()
            self._read()
        return self._open

    def _read(self) -> None:
        try:
            with table_errors(PaceUnavailable):
                answer = self._client.get_item(
                    TableName=self._table, Key=to_item({"id": DOORS_ITEM}), ConsistentRead=True
                )
        except PaceUnavailable:
            return
        self._open = "Item" not in answer

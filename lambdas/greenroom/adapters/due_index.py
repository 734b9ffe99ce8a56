"""The index of what is due, which the tables of records and of batches have alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors
from greenroom.record import attribute_values
from greenroom.record.items import DUE_INDEX, Attribute, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def due(client: DynamoDBClient, table: str, what: str, by: datetime) -> Iterator[str]:
    """The ids of the items for which this is open and was due before `by`, oldest first."""
    query: dict[str, Any] = {
        "TableName": table,
        "IndexName": DUE_INDEX,
        "KeyConditionExpression": "#open = :open AND #dueAt < :by",
        "ExpressionAttributeNames": {"#open": Attribute.OPEN.value, "#dueAt": Attribute.DUE_AT.value},
        "ExpressionAttributeValues": attribute_values.to_item({":open": what, ":by": to_text(by)}),
    }
    while True:
        with record_errors():
            answer = client.query(**query)
        yield from (item["id"]["S"] for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

"""The table of stream URLs, apart from the records, so that who may read records need not see URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors
from greenroom.adapters.updates import Condition, update
from greenroom.domain.values import StreamUrl, from_iso
from greenroom.record.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoDbStreamUrls:
    """Key `id`; DynamoDB deletes an item some time after its `ttl`, the URL's expiry."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @record_errors()
    def put(self, request_id: str, url: StreamUrl) -> None:
        item = {
            "id": request_id,
            "url": url.url,
            "expiresAt": url.expires_at.isoformat(),
            "ttl": int(url.expires_at.timestamp()),
        }
        self._client.put_item(TableName=self._table, Item=to_item(item))

    @record_errors()
    def take(self, request_id: str) -> StreamUrl | None:
        """Read and remove in one step: of several callers, one gets it."""
        key = to_item({"id": request_id})
        answer = self._client.delete_item(TableName=self._table, Key=key, ReturnValues="ALL_OLD")
        return _to_stream_url(answer.get("Attributes"))

    @record_errors()
    def open(self, request_id: str) -> StreamUrl | None:
        """Read and keep that it was opened, in one step. A fresh URL, which `put` keeps, can be opened again."""
        unopened: Condition = {"id": True, "opened": False}
        found = update(
            self._client, self._table, request_id, condition=unopened, changes={"opened": True}, returns="ALL_NEW"
        )
        return _of_values(found)

    @record_errors()
    def get(self, request_id: str) -> StreamUrl | None:
        key = to_item({"id": request_id})
        return _to_stream_url(self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item"))


def _to_stream_url(item: Mapping[str, Any] | None) -> StreamUrl | None:
    return _of_values(from_item(item)) if item else None


def _of_values(values: Mapping[str, Any] | None) -> StreamUrl | None:
    if not values:
        return None
    return StreamUrl(values["url"], from_iso(values["expiresAt"]), values.get("opened", False))

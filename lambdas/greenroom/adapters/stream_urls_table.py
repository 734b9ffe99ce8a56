"""The table of stream URLs, apart from the records, so that who may read records need not see URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors
from greenroom.domain.values import StreamUrl, from_iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoDbStreamUrls:
    """Key `id`; DynamoDB deletes an item some time after its `ttl`, the URL's expiry."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @record_errors()
    def put(self, request_id: str, url: StreamUrl) -> None:
        self._table.put_item(
            Item={
                "id": request_id,
                "url": url.url,
                "expiresAt": url.expires_at.isoformat(),
                "ttl": int(url.expires_at.timestamp()),
            }
        )

    @record_errors()
    def take(self, request_id: str) -> StreamUrl | None:
        """Read and remove in one step: of several callers, one gets it."""
        found = self._table.delete_item(Key={"id": request_id}, ReturnValues="ALL_OLD").get("Attributes")
        return _to_stream_url(found) if found else None

    @record_errors()
    def get(self, request_id: str) -> StreamUrl | None:
        found = self._table.get_item(Key={"id": request_id}, ConsistentRead=True).get("Item")
        return _to_stream_url(found) if found else None


def _to_stream_url(item: Mapping[str, Any]) -> StreamUrl:
    return StreamUrl(str(item["url"]), from_iso(str(item["expiresAt"])))

"""Under which client token that was started last which several requests share: items beside the paces."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import table_errors
from greenroom.domain.errors import PaceUnavailable
from greenroom.record.attribute_values import to_item
from greenroom.record.items import HOLDER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Longer than any release of a request is tried.
_KEPT_SECONDS = 7 * 86_400


class DynamoDbHolders:
    """Key `id`: `holder/{provider}/` and a digest, since a key has 2,048 bytes at most and names may be longer."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def take(self, provider: str, shared: str, client_token: str) -> None:
        """Keep that it is about to be started under this client token."""
        with table_errors(PaceUnavailable):
            self._client.update_item(
                TableName=self._table,
                Key=_key(provider, shared),
                UpdateExpression="SET #token = :token, #ttl = :ttl",
                ExpressionAttributeNames={"#token": "clientToken", "#ttl": "ttl"},
                ExpressionAttributeValues=to_item({":token": client_token, ":ttl": int(self._clock()) + _KEPT_SECONDS}),
            )

    def holder(self, provider: str, shared: str) -> str | None:
        """Return the client token, as last written; None if nobody has started it within a week."""
        with table_errors(PaceUnavailable):
            answer = self._client.get_item(TableName=self._table, Key=_key(provider, shared), ConsistentRead=True)
        return answer["Item"]["clientToken"]["S"] if "Item" in answer else None


def _key(provider: str, shared: str) -> dict[str, Any]:
    return to_item({"id": f"{HOLDER}{provider}/{hashlib.sha256(shared.encode()).hexdigest()}"})

"""From where requests come: the owners of connections and the ids of events, as items beside the paces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors
from greenroom.record.attribute_values import from_item, to_item
from greenroom.record.items import CONNECTIONS, EVENTS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# A connection lasts two hours at most:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
_CONNECTION_SECONDS = 9_000
# An event is noted once more each time that it is received, so this counts from the start of its execution, which
# Reconcile may hear of a day after its end.
_EVENT_SECONDS = 7 * 86_400


class DynamoDbOrigins:
    """Key `id`: `connection/{connection id}`, or `event/{request id}`."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def keep_owner(self, connection_id: str, owner: str) -> None:
        self._put(CONNECTIONS + connection_id, _CONNECTION_SECONDS, owner=owner)

    def owner_of(self, connection_id: str) -> str | None:
        return self._get(CONNECTIONS + connection_id).get("owner")

    def note_event(self, request_id: str, digest: str) -> None:
        self._put(EVENTS + request_id, _EVENT_SECONDS, digest=digest)

    def came_as_event(self, request_id: str, digest: str) -> bool:
        return bool(self._get(EVENTS + request_id).get("digest") == digest)

    def _put(self, key: str, seconds: int, **attributes: str) -> None:
        item = {"id": key, "ttl": int(self._clock()) + seconds, **attributes}
        with record_errors():
            self._client.put_item(TableName=self._table, Item=to_item(item))

    def _get(self, key: str) -> dict[str, Any]:
        with record_errors():
            answer = self._client.get_item(TableName=self._table, Key=to_item({"id": key}), ConsistentRead=True)
        return from_item(answer.get("Item", {}))

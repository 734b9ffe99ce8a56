"""The table of paces, and the other small items in it that all functions share.

A pace is an item of numbers for each operation that a service limits. Beside these: whether the doors are closed, from
where requests come, and under which client token what several requests share was started last.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import record_errors, table_errors
from greenroom.adapters.tables import Condition, update
from greenroom.domain.doors import DOORS_ITEM
from greenroom.domain.errors import PaceUnavailable
from greenroom.flow.pacing.paces import SEEN, VERSION, Change, Numbers
from greenroom.record.attribute_values import from_item, to_item
from greenroom.record.items import CONNECTIONS, EVENTS, HOLDER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from greenroom.domain.values import Clock

# `greenroom drain` waits for longer than this before it says that nothing is left.
READ_EVERY = timedelta(seconds=5)
# Longer than any release of a request is tried.
_HOLDER_SECONDS = 7 * 86_400
# A connection lasts two hours at most:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
_CONNECTION_SECONDS = 9_000
# An event is noted once more each time that it is received, so this counts from the start of its execution, which
# Reconcile may hear of a day after its end.
_EVENT_SECONDS = 7 * 86_400


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
                ExpressionAttributeValues=to_item(
                    {":token": client_token, ":ttl": int(self._clock()) + _HOLDER_SECONDS}
                ),
            )

    def holder(self, provider: str, shared: str) -> str | None:
        """Return the client token, as last written; None if nobody has started it within a week."""
        with table_errors(PaceUnavailable):
            answer = self._client.get_item(TableName=self._table, Key=_key(provider, shared), ConsistentRead=True)
        return answer["Item"]["clientToken"]["S"] if "Item" in answer else None


def _key(provider: str, shared: str) -> dict[str, Any]:
    return to_item({"id": f"{HOLDER}{provider}/{hashlib.sha256(shared.encode()).hexdigest()}"})


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

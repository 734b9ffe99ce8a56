"""Hosts that hang, in the table of paces, which says of others too how fast they may be called."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import table_errors
from greenroom.adapters.tables import updated
from greenroom.delivery.patience import FORGOTTEN_AFTER, Hang
from greenroom.domain.errors import PaceUnavailable
from greenroom.domain.values import from_iso
from greenroom.record.attribute_values import from_item, to_item
from greenroom.record.items import HOST, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoDbHangs:
    """Key `id`, `host:` and the host with its port; DynamoDB deletes an item some time after its `ttl`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, host: str) -> Hang | None:
        with table_errors(PaceUnavailable):
            item = self._client.get_item(TableName=self._table, Key=_key(host)).get("Item")
        values = from_item(item) if item else None
        return Hang(from_iso(values["until"]), values["times"]) if values else None

    def keep(self, host: str, hang: Hang) -> None:
        with table_errors(PaceUnavailable):
            self._client.put_item(TableName=self._table, Item={**_key(host), **to_item(_values(hang))})

    def replace(self, host: str, seen: Hang, hang: Hang) -> bool:
        was: dict[str, Any] = {"until": to_text(seen.until)}
        with table_errors(PaceUnavailable):
            return updated(self._client, self._table, _id(host), _values(hang), condition=was)

    def forget(self, host: str) -> None:
        with table_errors(PaceUnavailable):
            self._client.delete_item(TableName=self._table, Key=_key(host))


def _id(host: str) -> str:
    return f"{HOST}{host}"


def _key(host: str) -> dict[str, Any]:
    return to_item({"id": _id(host)})


def _values(hang: Hang) -> dict[str, Any]:
    ends = hang.until + FORGOTTEN_AFTER + timedelta(minutes=1)
    return {"until": to_text(hang.until), "times": hang.times, "ttl": int(ends.timestamp())}

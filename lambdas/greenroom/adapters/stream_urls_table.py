"""The table of stream URLs, apart from the records, so that who may read records need not see URLs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from greenroom.adapters.aws_errors import record_errors
from greenroom.adapters.tables import Condition, Expressions, update
from greenroom.domain.errors import RecordUnavailable
from greenroom.domain.values import StreamUrl, from_iso
from greenroom.record.attribute_values import from_item, to_item
from greenroom.record.items import EXPIRY_OF_URL, at_work, looks_to_add, progress_to_changes
from greenroom.record.store import Seen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


_TAKEN_BY = "takenBy"


class DynamoDbStreamUrls:
    """Key `id`; DynamoDB deletes an item some time after its `ttl`, the URL's expiry.

    `records`: the table of records, which says whether a URL is still wanted.
    """

    def __init__(self, client: DynamoDBClient, table: str, records: str) -> None:
        self._client = client
        self._table = table
        self._records = records

    @record_errors()
    def put(
        self, request_id: str, url: StreamUrl, client_token: str, *, renewal: bool, seen: Seen | None = None
    ) -> bool:
        """Store a URL, unless the request has ended: a late attempt must not bring back a URL that was taken."""
        item = {
            "id": request_id,
            "url": url.url,
            "expiresAt": url.expires_at.isoformat(),
            "ttl": int(url.expires_at.timestamp()),
            "lockedBy": client_token,
        }
        record: Any = {"TableName": self._records, "Key": to_item({"id": request_id}), **_noted(seen, renewal=renewal)}
        wanted: Any = {"Update" if "UpdateExpression" in record else "ConditionCheck": record}
        kept: Any = {"TableName": self._table, "Item": to_item(item)}
        try:
            self._client.transact_write_items(TransactItems=[wanted, {"Put": kept}])
        except self._client.exceptions.TransactionCanceledException as error:
            codes = [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
            if codes[:1] == ["ConditionalCheckFailed"]:
                return False
            # Another write of one of the two items was under way, for example.
            raise RecordUnavailable(f"DynamoDB cancelled the transaction ({', '.join(map(str, codes))})") from None
        return True

    @record_errors()
    def expiry(self, request_id: str, client_token: str) -> datetime | None:
        """Return when the URL of this client token expires. The URL itself is not read."""
        found = self._client.get_item(
            TableName=self._table,
            Key=to_item({"id": request_id}),
            ConsistentRead=True,
            ProjectionExpression=", ".join(EXPIRY_OF_URL),
        ).get("Item", {})
        values = from_item(found)
        return from_iso(values["expiresAt"]) if values.get("lockedBy") == client_token else None

    @record_errors()
    def take(self, request_id: str) -> StreamUrl | None:
        """Mark it as taken, read it, and remove it: of several callers, one gets it, though an answer be lost.

        A URL that is marked is gone for everybody else, whether it could be removed or not.
        """
        token = uuid4().hex
        untaken: Condition = {"id": True, _TAKEN_BY: False}
        taken = update(
            self._client,
            self._table,
            request_id,
            condition=untaken,
            changes={},
            once=(_TAKEN_BY, token),
            returns="ALL_NEW",
        )
        if taken:
            with suppress(ClientError, BotoCoreError):
                self._client.delete_item(TableName=self._table, Key=to_item({"id": request_id}))
        return _of_values(taken)

    @record_errors()
    def open(self, request_id: str) -> StreamUrl | None:
        """Read and keep that it was opened, in one step. A fresh URL, which `put` keeps, can be opened again."""
        unopened: Condition = {"id": True, "opened": False, _TAKEN_BY: False}
        found = update(
            self._client,
            self._table,
            request_id,
            condition=unopened,
            changes={"opened": True},
            once=("openedBy", uuid4().hex),
            returns="ALL_NEW",
        )
        return _of_values(found)

    @record_errors()
    def get(self, request_id: str) -> StreamUrl | None:
        key = to_item({"id": request_id})
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        values = from_item(found)
        return None if _TAKEN_BY in values else _of_values(values)


def _noted(seen: Seen | None, *, renewal: bool) -> dict[str, Any]:
    """Return the write to the record, which succeeds only while the URL is still wanted."""
    written = Expressions()
    changes = progress_to_changes(seen.progress, seen.waits, renewal=renewal) if seen else {}
    add = looks_to_add(seen.looks, renewal=renewal) if seen else {}
    ((name, value),) = at_work(renewal=renewal).items()
    update = written.clauses(changes, add=add)
    return {
        **({"UpdateExpression": update} if changes else {}),
        "ConditionExpression": written.holds(name, value),
        **written.given(),
    }


def _of_values(values: Mapping[str, Any] | None) -> StreamUrl | None:
    if not values:
        return None
    return StreamUrl(values["url"], from_iso(values["expiresAt"]), values.get("opened", False))

"""Requests and connections in two DynamoDB tables, so that who may read the one need not see the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from greenroom.domain import Connection, Failure, Progress, RequestState, from_iso
from greenroom.record import Record
from greenroom.request import StreamRequest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoDbRequests:
    """The requests table: key `id`, gone `retention` after the request was made (attribute `ttl`, epoch seconds)."""

    def __init__(self, table: Table, retention: timedelta) -> None:
        self._table = table
        self._retention = retention

    def add(self, record: Record) -> Record:
        """Keep a new record, or give back the one under its id, if there is one."""
        item = to_item(record) | {"ttl": int((record.created_at + self._retention).timestamp())}
        try:
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
        except ClientError as error:
            if not _condition_failed(error):
                raise
            return self.get(record.id) or record
        return record

    def get(self, request_id: str) -> Record | None:
        found = self._table.get_item(Key={"id": request_id}, ConsistentRead=True).get("Item")
        return from_item(found) if found else None

    def note_progress(self, request_id: str, progress: Progress) -> None:
        changes: dict[str, Any] = {}
        if progress.answer:
            changes["stream"] = dict(progress.answer)
        if progress.stream_id:
            changes["streamId"] = progress.stream_id
        if progress.session_started:
            changes["sessionStarted"] = True
        self._update_pending(request_id, changes)

    def settle(self, request_id: str, outcome: RequestState, at: datetime, failure: Failure | None = None) -> bool:
        changes: dict[str, Any] = {"state": outcome.value, "settledAt": at.isoformat()}
        if failure:
            changes["failure"] = {
                key: value
                for key, value in {
                    "error": failure.error,
                    "message": failure.message,
                    "state": failure.state,
                    "statusCode": failure.status_code,
                }.items()
                if value is not None
            }
        return self._update_pending(request_id, changes)

    def mark_delivered(self, request_id: str, target_key: str) -> None:
        self._table.update_item(
            Key={"id": request_id},
            UpdateExpression="ADD delivered :keys",
            ExpressionAttributeValues={":keys": {target_key}},
        )

    def _update_pending(self, request_id: str, changes: Mapping[str, Any]) -> bool:
        """Write only while the request is pending: an outcome, once there, is never written over."""
        try:
            self._table.update_item(
                Key={"id": request_id},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression="#state = :pending",
                ExpressionAttributeNames={f"#{name}": name for name in {"state", *changes}},
                ExpressionAttributeValues={f":{name}": value for name, value in changes.items()}
                | {":pending": RequestState.PENDING.value},
            )
        except ClientError as error:
            if not _condition_failed(error):
                raise
            return False
        return True


class DynamoDbConnections:
    """The connections table: key `id`; DynamoDB deletes an item some time after its `ttl`, the URL's expiry."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, request_id: str, connection: Connection) -> None:
        self._table.put_item(
            Item={
                "id": request_id,
                "url": connection.url,
                "expiresAt": connection.expires_at.isoformat(),
                "ttl": int(connection.expires_at.timestamp()),
            }
        )

    def get(self, request_id: str) -> Connection | None:
        found = self._table.get_item(Key={"id": request_id}, ConsistentRead=True).get("Item")
        return Connection(str(found["url"]), from_iso(str(found["expiresAt"]))) if found else None


def to_item(record: Record) -> dict[str, Any]:
    """A new record as an item. What was asked is kept as it was asked, so that its digest stays the same."""
    return {
        "id": record.id,
        "state": record.state.value,
        "request": record.request.model_dump_json(by_alias=True, exclude_unset=True),
        "studioId": record.request.studio_id,
        "createdAt": record.created_at.isoformat(),
        "deadlineAt": record.deadline_at.isoformat(),
        **({"owner": record.owner} if record.owner else {}),
    }


def from_item(item: Mapping[str, Any]) -> Record:
    failure = item.get("failure")
    return Record(
        id=item["id"],
        request=StreamRequest.model_validate_json(item["request"]),
        created_at=from_iso(item["createdAt"]),
        deadline_at=from_iso(item["deadlineAt"]),
        owner=item.get("owner"),
        state=RequestState(item["state"]),
        stream_id=item.get("streamId"),
        session_started=item.get("sessionStarted", False),
        answer=item.get("stream", {}),
        settled_at=from_iso(item["settledAt"]) if "settledAt" in item else None,
        failure=Failure(failure["error"], failure["message"], failure.get("state"), failure.get("statusCode"))
        if failure
        else None,
        delivered=frozenset(item.get("delivered", ())),
    )


def _condition_failed(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"

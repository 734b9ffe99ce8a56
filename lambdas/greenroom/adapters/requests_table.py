"""The requests table: what was asked, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from greenroom.adapters.aws_errors import condition_failed, record_errors
from greenroom.adapters.request_items import PENDING_MARK, from_item, to_item
from greenroom.domain import Failure, Progress, Renewal, RequestState
from greenroom.ports import Cursor
from greenroom.record import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


OWNER_INDEX = "owner"
DEADLINE_INDEX = "deadline"

# An outcome, once there, is never written over: what is written before it is written only while there is none.
_IS_PENDING = Attr("state").eq(RequestState.PENDING.value)

Page = tuple[list[Record], Cursor | None]


class DynamoDbRequests:
    """The requests table: key `id`, gone `retention` after the request was made (attribute `ttl`, epoch seconds)."""

    def __init__(self, table: Table, retention: timedelta) -> None:
        self._table = table
        self._retention = retention

    @record_errors()
    def add(self, record: Record) -> Record:
        """Keep a new record, or give back the one under its id, if there is one."""
        item = to_item(record) | {"ttl": int((record.created_at + self._retention).timestamp())}
        try:
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
        except ClientError as error:
            if not condition_failed(error):
                raise
            return self.get(record.id) or record
        return record

    @record_errors()
    def get(self, request_id: str) -> Record | None:
        found = self._table.get_item(Key={"id": request_id}, ConsistentRead=True).get("Item")
        return from_item(found) if found else None

    @record_errors()
    def of_owner(self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None) -> Page:
        """The owner's requests, newest first, after a cursor. Read from an index, so a new one may show a bit later."""
        query: dict[str, Any] = {
            "IndexName": OWNER_INDEX,
            "KeyConditionExpression": Key("owner").eq(owner),
            "Limit": limit,
            "ScanIndexForward": False,
        }
        if state:
            query["FilterExpression"] = Attr("state").eq(state.value)
        if after:
            query["ExclusiveStartKey"] = {"owner": owner, "createdAt": after[0], "id": after[1]}
        answer = self._table.query(**query)
        last = answer.get("LastEvaluatedKey")
        cursor = (str(last["createdAt"]), str(last["id"])) if last else None
        return [from_item(item) for item in answer["Items"]], cursor

    def overdue(self, by: datetime) -> Iterator[str]:
        """The ids of pending requests whose deadline was before `by`, oldest first."""
        condition = Key("pending").eq(PENDING_MARK) & Key("deadlineAt").lt(by.isoformat())
        query: dict[str, Any] = {"IndexName": DEADLINE_INDEX, "KeyConditionExpression": condition}
        while True:
            answer = self._table.query(**query)
            yield from (str(item["id"]) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    @record_errors()
    def note_progress(self, request_id: str, progress: Progress) -> None:
        changes: dict[str, Any] = {}
        if progress.answer:
            changes["stream"] = dict(progress.answer)
        if progress.stream_id:
            changes["streamId"] = progress.stream_id
        if changes:
            self._update(request_id, changes, _IS_PENDING)
        if progress.session_started:
            # Also when the request has ended meanwhile: whoever releases what it made must hear of it.
            self._table.update_item(
                Key={"id": request_id},
                UpdateExpression="SET sessionStarted = :true",
                ExpressionAttributeValues={":true": True},
            )

    @record_errors()
    def settle(
        self,
        request_id: str,
        outcome: RequestState,
        at: datetime,
        failure: Failure | None = None,
        expires_at: datetime | None = None,
    ) -> bool:
        changes: dict[str, Any] = {"state": outcome.value, "settledAt": at.isoformat()}
        if expires_at:
            changes["expiresAt"] = expires_at.isoformat()
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
        # Only what is pending stands in the index of deadlines.
        return self._update(request_id, changes, _IS_PENDING, remove="pending")

    @record_errors()
    def mark_delivered(self, request_id: str, target_key: str) -> None:
        self._table.update_item(
            Key={"id": request_id},
            UpdateExpression="ADD delivered :keys",
            ExpressionAttributeValues={":keys": {target_key}},
        )

    @record_errors()
    def begin_renewal(self, request_id: str) -> None:
        is_new = Attr("state").eq(RequestState.READY.value) & Attr("renewal").not_exists()
        self._update(request_id, {"renewal": Renewal.ASKED.value}, is_new)

    @record_errors()
    def end_renewal(self, request_id: str, stream_id: str | None, expires_at: datetime | None) -> bool:
        changes: dict[str, Any] = {"renewal": Renewal.FAILED.value}
        if stream_id and expires_at:
            changes = {
                "renewal": Renewal.DONE.value,
                "streamId": stream_id,
                "expiresAt": expires_at.isoformat(),
            }
        return self._update(request_id, changes, Attr("renewal").eq(Renewal.ASKED.value))

    def _update(self, request_id: str, changes: Mapping[str, Any], condition: ConditionBase, remove: str = "") -> bool:
        """Write only while the condition holds. True if it did."""
        assignments = ", ".join(f"#{name} = :{name}" for name in changes)
        try:
            self._table.update_item(
                Key={"id": request_id},
                UpdateExpression=f"SET {assignments}" + (f" REMOVE {remove}" if remove else ""),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

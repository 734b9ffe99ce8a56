"""The records table: what was asked, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from greenroom.adapters.aws_errors import condition_failed, record_errors
from greenroom.domain.values import Failure, Progress, Renewal, RequestState
from greenroom.record.items import DUE_INDEX, OWNER_INDEX, Attribute, Open, failure_to_item, from_item, to_item
from greenroom.record.model import Record
from greenroom.record.store import Cursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

# A record may be gone when what was begun for it ends; a write must not make a stub of it.
_EXISTS = Attr(Attribute.ID).exists()
# An outcome, once there, is never written over: what is written before it is written only while there is none.
_IS_PENDING = Attr(Attribute.STATE).eq(RequestState.PENDING.value)
_NOTHING_DUE = (Attribute.OPEN.value, Attribute.DUE_AT.value)

Page = tuple[list[Record], Cursor | None]


class DynamoDbRecords:
    """Key `id`; DynamoDB deletes an item some time after its `ttl`, `retention` after the request was made."""

    def __init__(self, table: Table, retention: timedelta) -> None:
        self._table = table
        self._retention = retention

    @record_errors()
    def add(self, record: Record) -> Record:
        """Keep a new record, or give back the one under its id, if there is one."""
        ttl = int((record.created_at + self._retention).timestamp())
        try:
            self._table.put_item(
                Item=to_item(record) | {Attribute.TTL.value: ttl}, ConditionExpression="attribute_not_exists(id)"
            )
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
            "KeyConditionExpression": Key(Attribute.OWNER).eq(owner),
            "Limit": limit,
            "ScanIndexForward": False,
        }
        if state:
            query["FilterExpression"] = Attr(Attribute.STATE).eq(state.value)
        if after:
            query["ExclusiveStartKey"] = {"owner": owner, "createdAt": after[0], "id": after[1]}
        answer = self._table.query(**query)
        last = answer.get("LastEvaluatedKey")
        cursor = (str(last["createdAt"]), str(last["id"])) if last else None
        return [from_item(item) for item in answer["Items"]], cursor

    def overdue(self, by: datetime) -> Iterator[str]:
        """The ids of pending requests on which, since before `by`, no flow can be at work any more, oldest first."""
        return self._due(Open.PENDING, by)

    def unannounced(self, by: datetime) -> Iterator[str]:
        """The ids of requests that ended before `by` and whose outcome was not queued, oldest first."""
        return self._due(Open.UNANNOUNCED, by)

    def _due(self, what: Open, by: datetime) -> Iterator[str]:
        condition = Key(Attribute.OPEN).eq(what.value) & Key(Attribute.DUE_AT).lt(by.isoformat())
        query: dict[str, Any] = {"IndexName": DUE_INDEX, "KeyConditionExpression": condition}
        while True:
            with record_errors():
                answer = self._table.query(**query)
            yield from (str(item["id"]) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    @record_errors()
    def note_progress(self, request_id: str, progress: Progress, client_token: str) -> None:
        changes: dict[str, Any] = {}
        if progress.stream:
            changes[Attribute.STREAM] = dict(progress.stream)
        if progress.stream_id:
            changes["streamId"] = progress.stream_id
        if changes:
            self._update(request_id, changes, _IS_PENDING)
        if progress.started:
            # Also when the request has ended meanwhile: who releases what was started must hear of it.
            started = {Attribute.STARTED: client_token} | (
                {"streamId": progress.stream_id} if progress.stream_id else {}
            )
            self._update(request_id, started, _EXISTS)

    @record_errors()
    def settle(
        self,
        request_id: str,
        outcome: RequestState,
        at: datetime,
        failure: Failure | None = None,
        expires_at: datetime | None = None,
    ) -> bool:
        changes: dict[str, Any] = {
            Attribute.STATE: outcome.value,
            "settledAt": at.isoformat(),
            Attribute.OPEN: Open.UNANNOUNCED.value,
            Attribute.DUE_AT: at.isoformat(),
        }
        if expires_at:
            changes["expiresAt"] = expires_at.isoformat()
        if failure:
            changes["failure"] = failure_to_item(failure)
        return self._update(request_id, changes, _IS_PENDING)

    @record_errors()
    def mark_announced(self, record: Record) -> None:
        """An outcome that is due since another moment is another one, which is not announced yet."""
        if record.due_at:
            is_this = Attr(Attribute.DUE_AT).eq(record.due_at.isoformat())
            self._update(record.id, {}, is_this, remove=_NOTHING_DUE)

    @record_errors()
    def mark_delivered(self, request_id: str, target_key: str) -> None:
        self._write(
            request_id,
            UpdateExpression="ADD delivered :keys",
            ExpressionAttributeValues={":keys": {target_key}},
            ConditionExpression=_EXISTS,
        )

    @record_errors()
    def begin_renewal(self, request_id: str) -> None:
        is_new = Attr(Attribute.STATE).eq(RequestState.READY.value) & Attr(Attribute.RENEWAL).not_exists()
        self._update(request_id, {Attribute.RENEWAL: Renewal.ASKED.value}, is_new)

    @record_errors()
    def end_renewal(
        self, request_id: str, at: datetime, stream_id: str | None = None, expires_at: datetime | None = None
    ) -> bool:
        changes: dict[str, Any] = {
            Attribute.RENEWAL: Renewal.FAILED.value,
            Attribute.OPEN: Open.UNANNOUNCED.value,
            Attribute.DUE_AT: at.isoformat(),
        }
        if stream_id and expires_at:
            fresh = {"streamId": stream_id, "expiresAt": expires_at.isoformat()}
            changes |= fresh | {Attribute.RENEWAL: Renewal.DONE.value}
        return self._update(request_id, changes, Attr(Attribute.RENEWAL).eq(Renewal.ASKED.value))

    @record_errors()
    def note_release_failure(self, request_id: str, failure: Failure) -> None:
        self._update(request_id, {"releaseFailure": failure_to_item(failure)}, _EXISTS)

    def _update(
        self,
        request_id: str,
        changes: Mapping[str, Any],
        condition: ConditionBase,
        remove: tuple[str, ...] = (),
    ) -> bool:
        """Write only while the condition holds. True if it did."""
        clauses = {
            "SET": ", ".join(f"#{name} = :{name}" for name in changes),
            "REMOVE": ", ".join(f"#{name}" for name in remove),
        }
        update: dict[str, Any] = {
            "UpdateExpression": " ".join(f"{verb} {what}" for verb, what in clauses.items() if what),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*changes, *remove)},
            "ConditionExpression": condition,
        }
        if changes:
            update["ExpressionAttributeValues"] = {f":{name}": value for name, value in changes.items()}
        return self._write(request_id, **update)

    def _write(self, request_id: str, **update: Any) -> bool:
        """True unless the condition did not hold."""
        try:
            self._table.update_item(Key={"id": request_id}, **update)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

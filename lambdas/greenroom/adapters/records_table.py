"""The records table: what was asked, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from greenroom.adapters.aws_errors import record_errors
from greenroom.adapters.tables import Condition, Expressions, due, pages, put_new, read_items, update, updated
from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Wait, Waiting
from greenroom.record import attribute_values
from greenroom.record.items import (
    OWNED_INDEX,
    STATES,
    Attribute,
    at_work,
    attempts_attribute,
    failure_to_item,
    from_item,
    looks_to_add,
    progress_to_changes,
    stream_id_attribute,
    to_item,
    to_text,
)
from greenroom.record.model import Open, Record, mark_of
from greenroom.record.store import Cursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Page = tuple[list[Record], Cursor | None]


class DynamoDbRecords:
    """Key `id`; DynamoDB deletes an item some time after its `ttl`, `retention` after the request was made."""

    def __init__(self, client: DynamoDBClient, table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._update = partial(updated, client, table)

    @record_errors()
    def add(self, record: Record) -> Record:
        """Add a new record, or return the existing one with its id."""
        ttl = int((record.created_at + self._retention).timestamp())
        is_new = put_new(self._client, self._table, to_item(record) | {Attribute.TTL.value: ttl})
        return record if is_new else self.get(record.id) or record

    @record_errors()
    def get(self, request_id: str) -> Record | None:
        found = self._client.get_item(TableName=self._table, Key=_key(request_id), ConsistentRead=True).get("Item")
        return from_item(attribute_values.from_item(found)) if found else None

    @record_errors()
    def of_owner(self, owner: str, state: RequestState | None, limit: int, after: Cursor | None = None) -> Page:
        """Return the owner's requests after a cursor, newest first. The index may show a new one a little later."""
        query = _owned(self._table, owner, {} if state is None else {Attribute.STATE.value: state.value})
        if after:
            cursor = {"owner": owner, "createdAt": after[0], "id": after[1]}
            query["ExclusiveStartKey"] = attribute_values.to_item(cursor)
        answer = self._client.query(**query, Limit=limit)
        last = attribute_values.from_item(answer.get("LastEvaluatedKey", {}))
        found = [record for record in self._read(_ids(answer)) if state in {None, record.state}]
        return found, (last["createdAt"], last["id"]) if last else None

    @record_errors()
    def pending_of(self, owner: str, since: datetime, most: int) -> list[Record]:
        """Query the same index as `of_owner`."""
        wanted: Condition = {Attribute.STATE.value: RequestState.PENDING.value, Attribute.BATCH.value: False}
        query, ids = _owned(self._table, owner, wanted, since), list[str]()
        for page in pages(self._client, query):
            ids += _ids(page)
            if len(ids) >= most:
                break
        return [record for record in self._read(ids[:most]) if not record.state.is_terminal]

    def _read(self, ids: Sequence[str]) -> list[Record]:
        """Return the records that exist, as last written, in the order of their ids here."""
        found = read_items(self._client, self._table, ids)
        return [from_item(found[each]) for each in ids if each in found]

    def overdue(self, by: datetime) -> Iterator[str]:
        """Yield the ids of pending requests that no flow has been able to work on since before `by`, oldest first."""
        return due(self._client, self._table, Open.PENDING.value, by)

    def unannounced(self, by: datetime) -> Iterator[str]:
        """Yield the ids of requests that ended before `by` and whose outcome was not queued, oldest first."""
        return due(self._client, self._table, Open.UNANNOUNCED.value, by)

    def releasing(self, by: datetime) -> Iterator[str]:
        """Yield the ids of ended requests that have something to stop or release since before `by`, oldest first."""
        return due(self._client, self._table, Open.RELEASING.value, by)

    def renewing(self, by: datetime) -> Iterator[str]:
        """Yield the ids of requests whose renewal no flow has been able to work on since before `by`, oldest first."""
        return due(self._client, self._table, Open.RENEWING.value, by)

    @record_errors()
    def note_start(self, request_id: str, client_token: str, *, renewal: bool) -> bool:
        started = Attribute.FRESH_STARTED if renewal else Attribute.STARTED
        return self._update(request_id, {started.value: client_token}, condition=at_work(renewal=renewal))

    @record_errors()
    def begin_create(self, request_id: str, attempt: str, after: str, *, renewal: bool) -> bool:
        name = _creating(renewal=renewal)
        condition: Condition = {**at_work(renewal=renewal), name: after or False}
        return self._update(request_id, {}, condition=condition, once=(name, attempt))

    @record_errors()
    def is_at_work(self, request_id: str, *, renewal: bool) -> bool:
        ((name, value),) = at_work(renewal=renewal).items()
        found = self._client.get_item(
            TableName=self._table,
            Key=_key(request_id),
            ConsistentRead=True,
            ProjectionExpression=", ".join(f"#{each}" for each in STATES),
            ExpressionAttributeNames={f"#{each}": each for each in STATES},
        ).get("Item", {})
        return found.get(name) == {"S": value}

    @record_errors()
    def creating(self, request_id: str, *, renewal: bool) -> str | None:
        key = _key(request_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        values = attribute_values.from_item(found)
        is_at_work = all(values.get(name) == value for name, value in at_work(renewal=renewal).items())
        return str(values.get(_creating(renewal=renewal), "")) if is_at_work else None

    @record_errors()
    def note_progress(
        self,
        request_id: str,
        progress: Progress,
        waits: Mapping[Waiting, Wait],
        looks: int = 0,
        *,
        renewal: bool,
    ) -> bool:
        changes = progress_to_changes(progress, waits, renewal=renewal)
        if not changes:
            return True
        add = looks_to_add(looks, renewal=renewal)
        return self._update(request_id, changes, condition=at_work(renewal=renewal), add=add)

    @record_errors()
    def note_late(self, request_id: str, stream_id: str | None, at: datetime, *, renewal: bool) -> None:
        late = {Attribute.LATE.value: True, **({stream_id_attribute(renewal=renewal): stream_id} if stream_id else {})}
        self._update(request_id, late, condition=_EXISTS)
        # Where nothing else was left to do, there is now.
        self._update(request_id, _open(Open.RELEASING, at), condition={**_EXISTS, Attribute.OPEN.value: False})

    @record_errors()
    def settle(
        self, request_id: str, outcome: RequestState, at: datetime, failure: Failure, *, to_stop: bool = False
    ) -> bool:
        changes = {
            Attribute.STATE.value: outcome.value,
            Attribute.SETTLED_AT.value: to_text(at),
            **_open(Open.UNANNOUNCED, at),
            "failure": failure_to_item(failure),
            **({Attribute.TO_STOP.value: True} if to_stop else {}),
        }
        return self._update(request_id, changes, condition=at_work(renewal=False), once=("settledBy", _token()))

    @record_errors()
    def mark_stopped(self, request_id: str) -> None:
        self._update(request_id, {}, condition=_EXISTS, remove=[Attribute.TO_STOP])

    @record_errors()
    def withdraw(self, request_id: str) -> None:
        changes = {Attribute.STATE.value: RequestState.CANCELLED.value, Attribute.WITHDRAWN.value: True}
        self._update(request_id, changes, condition=at_work(renewal=False), remove=(Attribute.OPEN, Attribute.DUE_AT))

    @record_errors()
    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        """Do nothing if another outcome is due by now: that one is not announced yet."""
        if not record.due_at:
            return
        is_this = _is_this(record)
        add, take = _texts("delivered", delivered), _texts(Attribute.OFFERS, withdrawn)
        if not record.to_release:
            # The caller that ended it has probably stopped it by now.
            is_stopped: Condition = {**is_this, Attribute.TO_STOP.value: False}
            remove = (Attribute.OPEN, Attribute.DUE_AT)
            if self._update(record.id, {}, condition=is_stopped, remove=remove, add=add, take=take):
                return
        # By the clock of the outcome's own time, since the sweep counts from it.
        self._update(record.id, _open(Open.RELEASING, record.due_at), condition=is_this, add=add, take=take)

    @record_errors()
    def mark_delivered(self, request_id: str, target_key: str) -> None:
        self._update(request_id, {}, condition=_EXISTS, add=_texts("delivered", [target_key]))

    @record_errors()
    def still_to_announce(self, record: Record) -> bool:
        # A write that changes nothing: where the table takes none, that the outcome was queued could not be kept.
        is_this = _is_this(record)
        return bool(is_this) and self._update(record.id, is_this, condition=is_this)

    @record_errors()
    def note_offers(self, record: Record, offers: Iterable[str]) -> bool:
        is_this, offered = _is_this(record), _texts(Attribute.OFFERS, offers)
        return bool(is_this) and self._update(record.id, {}, condition={**is_this, **_MAY_BE_OFFERED}, add=offered)

    @record_errors()
    def mark_expired(self, request_id: str) -> Record | None:
        # No update may return a record, so it is read afterwards: an offer is kept before the mark, or not at all.
        is_there = self._update(request_id, {Attribute.EXPIRED.value: True}, condition=_EXISTS)
        return self.get(request_id) if is_there else None

    @record_errors()
    def begin_attempt(self, request_id: str, target_key: str, offers: Iterable[str]) -> int | None:
        # Repeated by botocore after a lost answer, it counts one attempt too many, and no offer twice.
        attempts = attempts_attribute(mark_of(target_key))
        offered = _texts(Attribute.OFFERS, offers)
        found = update(
            self._client,
            self._table,
            request_id,
            condition={**_EXISTS, **(_MAY_BE_OFFERED if offered else {})},
            changes={},
            add={attempts: 1, **offered},
            returns="UPDATED_NEW",
        )
        return int(found[attempts]) if found else None

    @record_errors()
    def withdraw_offers(self, request_id: str, offers: Iterable[str]) -> None:
        self._update(request_id, {}, condition=_EXISTS, take=_texts(Attribute.OFFERS, offers))

    @record_errors()
    def forget_attempts(self, request_id: str, target_key: str) -> None:
        self._update(request_id, {}, condition=_EXISTS, remove=[attempts_attribute(mark_of(target_key))])

    @record_errors()
    def revoke_links(self, request_id: str) -> None:
        # Repeated by botocore after a lost answer, it counts twice: no link of before works all the same.
        self._update(request_id, {}, condition=_EXISTS, add={Attribute.LINK_GENERATION.value: 1})

    @record_errors()
    def own_fallback(self, request_id: str, target_key: str) -> bool:
        is_free: Condition = {Attribute.ID.value: True, Attribute.FALLBACK.value: False}
        return self._update(request_id, {}, condition=is_free, once=(Attribute.FALLBACK.value, mark_of(target_key)))

    @record_errors()
    def begin_renewal(self, request_id: str, due_at: datetime) -> None:
        is_new: Condition = {Attribute.STATE.value: RequestState.READY.value, Attribute.RENEWAL.value: False}
        asked = {Attribute.RENEWAL.value: Renewal.ASKED.value, **_open(Open.RENEWING, due_at)}
        self._update(request_id, asked, condition=is_new)

    @record_errors()
    def end_renewal(self, request_id: str, at: datetime) -> bool:
        changes = {
            Attribute.RENEWAL.value: Renewal.FAILED.value,
            "renewalEndedAt": to_text(at),
            **_open(Open.UNANNOUNCED, at),
        }
        return self._update(request_id, changes, condition=at_work(renewal=True), once=("renewalEndedBy", _token()))

    @record_errors()
    def ask_for_release(self, record: Record, at: datetime) -> None:
        if is_this := _is_this(record):
            condition = {Attribute.OPEN.value: Open.RELEASING.value, **is_this}
            self._update(record.id, _open(Open.RELEASING, at), condition=condition)

    @record_errors()
    def mark_released(self, request_id: str) -> None:
        is_left: Condition = {Attribute.OPEN.value: Open.RELEASING.value}
        self._update(request_id, {}, condition=is_left, remove=(Attribute.OPEN, Attribute.DUE_AT, Attribute.TO_STOP))

    @record_errors()
    def note_release_failure(self, request_id: str, failure: Failure) -> bool:
        is_new: Condition = {**_EXISTS, _RELEASE_FAILURE: False}
        changes = {_RELEASE_FAILURE: failure_to_item(failure)}
        return self._update(request_id, changes, condition=is_new, once=("releaseFailedBy", _token()))


def _owned(table: str, owner: str, condition: Condition, since: datetime | None = None) -> dict[str, Any]:
    """Return a query of the index of owners, newest first, for listed requests that meet a condition."""
    written = Expressions()
    where = f"{written.path(Attribute.OWNER)} = {written.value(owner)}"
    if since:
        where += f" AND {written.path(Attribute.CREATED_AT)} >= {written.value(to_text(since))}"
    holds = [written.holds(name, value) for name, value in {Attribute.WITHDRAWN.value: False, **condition}.items()]
    return {
        "TableName": table,
        "IndexName": OWNED_INDEX,
        "KeyConditionExpression": where,
        "FilterExpression": " AND ".join(holds),
        "ScanIndexForward": False,
        **written.given(),
    }


def _ids(answer: Mapping[str, Any]) -> list[str]:
    return [item[Attribute.ID.value]["S"] for item in answer["Items"]]


_RELEASE_FAILURE = "releaseFailure"
# A record may be gone when what was begun for it ends; a write must not make a stub of it.
_EXISTS: Condition = {Attribute.ID.value: True}
_MAY_BE_OFFERED: Condition = {Attribute.EXPIRED.value: False}


def _creating(*, renewal: bool) -> str:
    return "freshCreating" if renewal else "creating"


def _is_this(record: Record) -> Condition:
    """Return what only this version has: other work is due at another moment. Empty if none is due."""
    return {Attribute.DUE_AT.value: to_text(record.due_at)} if record.due_at else {}


def _open(what: Open, due_at: datetime) -> dict[str, str]:
    return {Attribute.OPEN.value: what.value, Attribute.DUE_AT.value: to_text(due_at)}


def _token() -> str:
    """Make a token of this one call, by which it knows its own write when it is repeated."""
    return uuid4().hex


def _texts(name: str, texts: Iterable[str]) -> dict[str, set[str]]:
    """Return the set under its name, or nothing if it is empty: DynamoDB has no empty sets."""
    given = set(texts)
    return {str(name): given} if given else {}


def _key(request_id: str) -> dict[str, Any]:
    return {Attribute.ID.value: {"S": request_id}}

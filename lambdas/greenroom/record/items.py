"""A record as an item of the records table, and back. Changes of the table arrive as items too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from greenroom.domain.values import Failure, Renewal, RequestState, from_iso
from greenroom.record.model import Record
from greenroom.request.notify_targets import STORED, TARGETS
from greenroom.request.stream_request import stored_request

OWNER_INDEX = "owner"
DUE_INDEX = "due"


class Attribute(StrEnum):
    """The attributes that keys, indexes, conditions and the filters of the table's stream name."""

    ID = "id"
    STATE = "state"
    OPEN = "open"
    DUE_AT = "dueAt"
    OWNER = "owner"
    CREATED_AT = "createdAt"
    WATCHED = "watched"
    STARTED = "started"
    RELEASE_ON_FAILURE = "releaseOnFailure"
    RENEWAL = "renewal"
    STREAM = "stream"
    TTL = "ttl"


class Open(StrEnum):
    """The work that is left for a request, the key of the index of what is due: `open` is absent when all is."""

    PENDING = "pending"
    UNANNOUNCED = "unannounced"


def to_item(record: Record) -> dict[str, Any]:
    """A new record as an item. What was asked is kept as it was asked, so that its digest stays the same."""
    return {
        Attribute.ID.value: record.id,
        Attribute.STATE.value: record.state.value,
        Attribute.OPEN.value: Open.PENDING.value,
        Attribute.DUE_AT.value: _given_up_at(record).isoformat(),
        Attribute.WATCHED.value: bool(record.watching_connections),
        "notify": TARGETS.dump_json(record.notify, by_alias=True).decode(),
        "claim": record.claim,
        Attribute.RELEASE_ON_FAILURE.value: record.request.release_on_failure,
        "request": record.request.model_dump_json(by_alias=True, exclude_unset=True),
        Attribute.CREATED_AT.value: record.created_at.isoformat(),
        "deadlineAt": record.deadline_at.isoformat(),
        **({Attribute.OWNER.value: record.owner} if record.owner else {}),
    }


def _given_up_at(record: Record) -> datetime:
    """After the deadline it is still tried to get the URL of a stream that is ready, for so long."""
    return record.deadline_at + timedelta(seconds=record.request.fields.connect_seconds)


def failure_to_item(failure: Failure) -> dict[str, str]:
    words = {
        "error": failure.error,
        "message": failure.message,
        "state": failure.state,
        "statusCode": failure.status_code,
    }
    return {name: value for name, value in words.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Record:
    failure = item.get("failure")
    return Record(
        id=item["id"],
        request=stored_request(item["request"]),
        created_at=from_iso(item["createdAt"]),
        deadline_at=from_iso(item["deadlineAt"]),
        notify=TARGETS.validate_json(item["notify"], context=STORED),
        claim=item["claim"],
        owner=item.get("owner"),
        state=RequestState(item["state"]),
        due_at=from_iso(item["dueAt"]) if "dueAt" in item else None,
        stream_id=item.get("streamId"),
        started=item.get("started"),
        stream=item.get("stream", {}),
        expires_at=from_iso(item["expiresAt"]) if "expiresAt" in item else None,
        settled_at=from_iso(item["settledAt"]) if "settledAt" in item else None,
        failure=Failure(failure["error"], failure["message"], failure.get("state"), failure.get("statusCode"))
        if failure
        else None,
        renewal=Renewal(item["renewal"]) if "renewal" in item else None,
        delivered=frozenset(item.get("delivered", ())),
    )

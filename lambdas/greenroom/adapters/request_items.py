"""A record as an item of the requests table, and back. Changes of the table arrive as items too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom.domain import Failure, Renewal, RequestState, from_iso
from greenroom.record import Record
from greenroom.request import STORED, TARGETS, StreamRequest

# What every pending item has in the attribute `pending`, the key of the index of deadlines.
PENDING_MARK = "pending"


def to_item(record: Record) -> dict[str, Any]:
    """A new record as an item. What was asked is kept as it was asked, so that its digest stays the same."""
    return {
        "id": record.id,
        "state": record.state.value,
        "pending": PENDING_MARK,
        "watched": bool(record.watching_connections),
        "notify": TARGETS.dump_json(record.notify, by_alias=True).decode(),
        "claim": record.claim,
        "stopStartedSession": record.request.stop_started_session,
        "request": record.request.model_dump_json(by_alias=True, exclude_unset=True),
        "createdAt": record.created_at.isoformat(),
        "deadlineAt": record.deadline_at.isoformat(),
        **({"owner": record.owner} if record.owner else {}),
    }


def from_item(item: Mapping[str, Any]) -> Record:
    failure = item.get("failure")
    return Record(
        id=item["id"],
        request=StreamRequest.model_validate_json(item["request"], context=STORED),
        created_at=from_iso(item["createdAt"]),
        deadline_at=from_iso(item["deadlineAt"]),
        notify=TARGETS.validate_json(item["notify"], context=STORED),
        claim=item["claim"],
        owner=item.get("owner"),
        state=RequestState(item["state"]),
        stream_id=item.get("streamId"),
        session_started=item.get("sessionStarted", False),
        answer=item.get("stream", {}),
        expires_at=from_iso(item["expiresAt"]) if "expiresAt" in item else None,
        settled_at=from_iso(item["settledAt"]) if "settledAt" in item else None,
        failure=Failure(failure["error"], failure["message"], failure.get("state"), failure.get("statusCode"))
        if failure
        else None,
        renewal=Renewal(item["renewal"]) if "renewal" in item else None,
        delivered=frozenset(item.get("delivered", ())),
    )

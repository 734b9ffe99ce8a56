"""A record as an item of the records table, and back. Changes of the table arrive as items too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Wait, Waiting, from_iso, time_at
from greenroom.providers.accepted import AcceptedFields
from greenroom.record.model import Open, Record

OWNED_INDEX = "owned"
# What release 0.1.0 lists by, with the whole of each record in it. The setting `keepOwnerIndex` keeps it.
OWNER_INDEX = "owner"
DUE_INDEX = "due"
BATCH_INDEX = "batch"
# Items beside the paces, in their table, by how their ids begin: policies say by these what a function may touch.
HOLDER = "holder/"
HOST = "host:"
USAGE = "usage/"
CONNECTIONS = "connection/"
EVENTS = "event/"
# The attributes of a stream URL that say when it ends. The function that asks for no more may read no more.
EXPIRY_OF_URL = ("id", "expiresAt", "lockedBy")


class Attribute(StrEnum):
    """The attributes that keys, indexes, conditions, the state machine and the filters of the table's stream name."""

    ID = "id"
    STATE = "state"
    OPEN = "open"
    DUE_AT = "dueAt"
    OWNER = "owner"
    BATCH = "batch"
    CREATED_AT = "createdAt"
    WATCHED = "watched"
    STARTED = "started"
    FRESH_STARTED = "freshStarted"
    LATE = "late"
    TO_STOP = "toStop"
    RELEASE_ON_FAILURE = "releaseOnFailure"
    RENEWAL = "renewal"
    WITHDRAWN = "withdrawn"
    SETTLED_AT = "settledAt"
    STREAM = "stream"
    WAITS = "waits"
    OFFERS = "offers"
    EXPIRED = "expired"
    FALLBACK = "fallback"
    LINK_GENERATION = "linkGeneration"
    TTL = "ttl"


# What a record says of whether a flow still has something to do for it. The function that asks for no more may read no
# more.
STATES = (Attribute.ID.value, Attribute.STATE.value, Attribute.RENEWAL.value)

# What the index of owners has beside its keys: a list is filtered by it.
OWNED = (Attribute.STATE.value, Attribute.WITHDRAWN.value, Attribute.BATCH.value)

# An attribute for each target, not a map of them: a number that is not there yet can be added to, a map cannot.
_ATTEMPTS = "attempts:"

# What may be written on a record that is there already. All else is written once, when the record is: who asked, for
# what, and which targets get the outcome. The roles that only note progress or an outcome may write nothing but these.
CHANGING = (
    Attribute.ID.value,  # the key, which DynamoDB counts among the attributes of a call
    Attribute.STATE.value,
    Attribute.OPEN.value,
    Attribute.DUE_AT.value,
    Attribute.WAITS.value,
    Attribute.STREAM.value,
    Attribute.STARTED.value,
    Attribute.FRESH_STARTED.value,
    Attribute.LATE.value,
    Attribute.TO_STOP.value,
    Attribute.RENEWAL.value,
    Attribute.WITHDRAWN.value,
    Attribute.SETTLED_AT.value,
    Attribute.OFFERS.value,
    Attribute.EXPIRED.value,
    Attribute.FALLBACK.value,
    Attribute.LINK_GENERATION.value,
    *("creating", "delivered", "expiresAt", "failure", "freshCreating", "freshStreamId", "looks", "releaseFailedBy"),
    *("releaseFailure", "renewalEndedAt", "renewalEndedBy", "settledBy", "streamId"),
    f"{_ATTEMPTS}*",
)

# Kept as text: JSON in it stays as it was asked, whatever its numbers.
_AS_JSON = ("fields", "identity", "metadata", "notify", "schedules")


def to_item(record: Record) -> dict[str, Any]:
    """Return a new record as an item, in plain values."""
    values = {
        "fields": record.fields.dump(),
        "identity": dict(record.identity),
        "metadata": dict(record.metadata),
        "notify": list(record.notify),
        "schedules": dict(record.schedules),
    }
    return {
        Attribute.ID.value: record.id,
        Attribute.STATE.value: record.state.value,
        Attribute.OPEN.value: Open.PENDING.value,
        Attribute.DUE_AT.value: to_text(_given_up_at(record)),
        Attribute.WATCHED.value: bool(record.watching_connections),
        Attribute.RELEASE_ON_FAILURE.value: record.release_on_failure,
        Attribute.WAITS.value: {},
        **{name: json.dumps(value, separators=(",", ":")) for name, value in values.items()},
        "pool": record.pool,
        "digest": record.digest,
        "claim": record.claim,
        Attribute.CREATED_AT.value: to_text(record.created_at),
        "deadlineAt": to_text(record.deadline_at),
        "connectSeconds": record.connect_seconds,
        **({"waitingRoom": True} if record.waiting_room else {}),
        **({Attribute.OWNER.value: record.owner} if record.owner else {}),
        **({Attribute.BATCH.value: record.batch} if record.batch else {}),
        **({"shared": record.shared} if record.shared else {}),
    }


def to_text(moment: datetime) -> str:
    """Return a time as the state machine's `$now()` writes it, so that texts compare as their times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def at_work(*, renewal: bool) -> dict[str, str]:
    """Return the attributes of a record while the flow of its request, or of its renewal, has something to do.

    Tasks write on this condition, so that an outcome is never overwritten.
    """
    if renewal:
        return {Attribute.RENEWAL.value: Renewal.ASKED.value}
    return {Attribute.STATE.value: RequestState.PENDING.value}


def progress_to_changes(progress: Progress, waits: Mapping[Waiting, Wait], *, renewal: bool) -> dict[str, Any]:
    """Return what progress changes, by path. Of a renewal, only the stream's id is stored."""
    changes: dict[str, Any] = {}
    if progress.stream_id:
        changes[stream_id_attribute(renewal=renewal)] = progress.stream_id
    if not renewal:
        changes |= {f"{Attribute.WAITS}.{name}": wait_to_item(wait) for name, wait in waits.items()}
        if progress.stream:
            changes[Attribute.STREAM.value] = dict(progress.stream)
    return changes


def stream_id_attribute(*, renewal: bool) -> str:
    return "freshStreamId" if renewal else "streamId"


def looks_to_add(looks: int, *, renewal: bool) -> dict[str, int]:
    return {"looks": looks} if looks and not renewal else {}


def _given_up_at(record: Record) -> datetime:
    """Return when the flow gives up: after the deadline it still tries for a while to get a ready stream's URL."""
    return record.deadline_at + timedelta(seconds=record.connect_seconds)


def attempts_attribute(target_mark: str) -> str:
    """Return the attribute that counts the attempts at a target."""
    return _ATTEMPTS + target_mark


def failure_to_item(failure: Failure) -> dict[str, str]:
    words = {
        "error": failure.error,
        "message": failure.message,
        "state": failure.state,
        "statusCode": failure.status_code,
    }
    return {name: value for name, value in words.items() if value is not None}


def wait_to_item(wait: Wait) -> dict[str, Any]:
    ready = {} if wait.ready_after is None else {"readyAfter": wait.ready_after}
    return {"since": to_text(wait.since), "pendingFor": wait.pending_for, **ready}


def from_item(item: Mapping[str, Any]) -> Record:
    """Return a record from an item in plain values."""
    read = {name: json.loads(item[name]) for name in _AS_JSON}
    failure = item.get("failure")
    return Record(
        id=item["id"],
        fields=AcceptedFields(read["fields"]),
        identity=read["identity"],
        pool=item["pool"],
        digest=item["digest"],
        created_at=from_iso(item["createdAt"]),
        deadline_at=from_iso(item["deadlineAt"]),
        connect_seconds=item["connectSeconds"],
        schedules=read["schedules"],
        notify=tuple(read["notify"]),
        metadata=read["metadata"],
        claim=item["claim"],
        waiting_room=item.get("waitingRoom", False),
        link_generation=item.get(Attribute.LINK_GENERATION, 0),
        release_on_failure=item["releaseOnFailure"],
        withdrawn=item.get(Attribute.WITHDRAWN.value, False),
        owner=item.get("owner"),
        batch=item.get("batch"),
        shared=item.get("shared", ""),
        state=RequestState(item["state"]),
        open=Open(item["open"]) if "open" in item else None,
        to_stop=item.get("toStop", False),
        late=item.get("late", False),
        due_at=time_at(item, "dueAt"),
        stream_id=item.get("streamId"),
        started=item.get("started"),
        stream=item.get("stream", {}),
        waits={Waiting(name): _wait(wait) for name, wait in item["waits"].items()},
        looks=item.get("looks", 0),
        expires_at=time_at(item, "expiresAt"),
        settled_at=time_at(item, "settledAt"),
        failure=Failure(failure["error"], failure["message"], failure.get("state"), failure.get("statusCode"))
        if failure
        else None,
        renewal=Renewal(item["renewal"]) if "renewal" in item else None,
        renewal_ended_at=time_at(item, "renewalEndedAt"),
        delivered=frozenset(item.get("delivered", ())),
        attempts={name.removeprefix(_ATTEMPTS): count for name, count in item.items() if name.startswith(_ATTEMPTS)},
        offers=frozenset(item.get(Attribute.OFFERS, ())),
        expired=item.get(Attribute.EXPIRED, False),
        fresh_stream_id=item.get("freshStreamId"),
        fresh_started=item.get("freshStarted"),
    )


def _wait(item: Mapping[str, Any]) -> Wait:
    return Wait(from_iso(item["since"]), item["pendingFor"], item.get("readyAfter"))

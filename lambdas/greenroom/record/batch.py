"""A batch: many requests that were asked for together, ahead of time if need be, and how they went."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from greenroom.domain.caller import Caller
from greenroom.domain.errors import FieldError
from greenroom.domain.values import Failure, RequestState, from_iso, time_at
from greenroom.record.items import Attribute, to_text
from greenroom.request.batch_lines import Slice

# The one value of `open`: the batch is not ended, or its summary is not told.
OPEN = "batch"


class BatchState(StrEnum):
    """The state of a batch. It takes one of the two outcomes, once."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Counts:
    """How many requests of a batch are in which state; together they are all of it.

    A request is `pending` from the moment at which the batch is accepted, whether it was submitted yet or not.
    """

    # For models that have counts in them: their names are those of states, and stay as they are.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    pending: int = 0
    ready: int = 0
    failed: int = 0
    timed_out: int = 0
    cancelled: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, total: int, ended: Mapping[RequestState, int], rejected: int) -> Counts:
        """Count: a request that has not ended and was not rejected is pending."""
        named = {state.value: ended.get(state, 0) for state in RequestState if state.is_terminal}
        return cls(pending=max(0, total - sum(named.values()) - rejected), rejected=rejected, **named)

    def closed(self) -> Counts:
        """Return the final counts of a cancelled batch: requests that were never submitted are cancelled too."""
        given = self.dump()
        return Counts(**(given | {"pending": 0, "cancelled": self.cancelled + self.pending}))

    def dump(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Rejection:
    """A line that is no valid request, by its number (from 1), with the rules that it breaks."""

    line: int
    errors: Sequence[FieldError]


@dataclass(frozen=True)
class Batch:
    """A batch. Its requests are stored in `slices` slices beside it; `total` counts them.

    `outcome` is final: a cancelled batch has it at once, and `ended_at` and `counts` once all its requests have ended.
    `told` holds the channels that have taken the summary. `successors` is the number of the last execution that took
    over from one that died. `caller` is missing in batches of an earlier release.
    """

    id: str
    owner: str
    digest: str
    created_at: datetime
    start_at: datetime
    total: int
    slices: int
    defaults: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    outcome: BatchState | None = None
    begun_at: datetime | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    counts: Counts | None = None
    failure: Failure | None = None
    told: frozenset[str] = frozenset()
    successors: int = 0
    caller: Caller | None = None

    @property
    def asked_by(self) -> Caller:
        """The caller of its requests; its owner, if a release before did not store the caller."""
        return self.caller or Caller(self.owner)

    @property
    def state(self) -> BatchState:
        return self.outcome or (BatchState.RUNNING if self.begun_at else BatchState.SCHEDULED)


def slice_id(batch_id: str, digest: str, number: int) -> str:
    """Return a slice's id, with the digest in it, so that batches that compete for one id do not mix requests."""
    return f"{batch_id}/{digest[:8]}/{number:04}"


def to_item(batch: Batch) -> dict[str, Any]:
    """Return a new batch as an item, in plain values."""
    return {
        Attribute.ID.value: batch.id,
        Attribute.OPEN.value: OPEN,
        Attribute.DUE_AT.value: to_text(batch.start_at),
        "owner": batch.owner,
        "digest": batch.digest,
        "createdAt": to_text(batch.created_at),
        "startAt": to_text(batch.start_at),
        "total": batch.total,
        "slices": batch.slices,
        "defaults": json.dumps(batch.defaults),
        "metadata": json.dumps(batch.metadata),
        **({"caller": _caller_to_item(batch.caller)} if batch.caller else {}),
    }


def from_item(item: Mapping[str, Any]) -> Batch:
    failure = item.get("failure")
    return Batch(
        id=item["id"],
        owner=item["owner"],
        digest=item["digest"],
        created_at=from_iso(item["createdAt"]),
        start_at=from_iso(item["startAt"]),
        total=item["total"],
        slices=item["slices"],
        defaults=json.loads(item["defaults"]),
        metadata=json.loads(item["metadata"]),
        outcome=BatchState(item["outcome"]) if "outcome" in item else None,
        begun_at=time_at(item, "begunAt"),
        cancelled_at=time_at(item, "cancelledAt"),
        ended_at=time_at(item, "endedAt"),
        due_at=time_at(item, "dueAt"),
        counts=Counts(**item["counts"]) if "counts" in item else None,
        failure=Failure(failure["error"], failure["message"]) if failure else None,
        told=frozenset(item.get("told", ())),
        successors=int(item.get("closings", 0)),
        caller=_caller_from_item(item["caller"]) if "caller" in item else None,
    )


def _caller_to_item(caller: Caller) -> dict[str, str]:
    in_pool = {"cognitoIdentityId": caller.cognito_identity_id} if caller.cognito_identity_id else {}
    return {"arn": caller.arn, **in_pool}


def _caller_from_item(item: Mapping[str, str]) -> Caller:
    return Caller(item["arn"], item.get("cognitoIdentityId"))


def slice_to_item(part: Slice) -> dict[str, Any]:
    """Return a slice as attributes, compressed, since requests of one batch are much alike."""
    return {"first": part.first, "lines": zlib.compress(part.text)}


def slice_from_item(item: Mapping[str, Any]) -> Slice:
    return Slice(item["first"], zlib.decompress(item["lines"]))


def rejections_to_text(rejections: Iterable[Rejection]) -> str:
    return json.dumps([[each.line, [[error.field, error.detail] for error in each.errors]] for each in rejections])


def rejections_from_text(text: str) -> list[Rejection]:
    return [Rejection(line, [FieldError(*error) for error in errors]) for line, errors in json.loads(text)]

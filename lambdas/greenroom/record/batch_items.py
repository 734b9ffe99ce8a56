"""A batch and its slices as items of the table of batches, and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from greenroom.domain.caller import Caller
from greenroom.domain.errors import FieldError
from greenroom.domain.values import Failure, from_iso, time_at
from greenroom.record.batch import Batch, BatchState, Counts, Rejection
from greenroom.record.items import Attribute, to_text
from greenroom.request.batch_lines import Slice

# The one value of `open`: the batch is not ended, or its summary is not told.
OPEN = "batch"


def slice_id(batch_id: str, digest: str, number: int) -> str:
    """With the digest in it, so that two batches that compete for one id do not mix their requests."""
    return f"{batch_id}/{digest[:8]}/{number:04}"


def to_item(batch: Batch) -> dict[str, Any]:
    """A new batch as an item, in plain values."""
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
    """Compressed: requests of one batch are much alike."""
    return {"first": part.first, "lines": zlib.compress(part.text)}


def slice_from_item(item: Mapping[str, Any]) -> Slice:
    return Slice(item["first"], zlib.decompress(item["lines"]))


def rejections_to_text(rejections: Iterable[Rejection]) -> str:
    return json.dumps([[each.line, [[error.field, error.detail] for error in each.errors]] for each in rejections])


def rejections_from_text(text: str) -> list[Rejection]:
    return [Rejection(line, [FieldError(*error) for error in errors]) for line, errors in json.loads(text)]

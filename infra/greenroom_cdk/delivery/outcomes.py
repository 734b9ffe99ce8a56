"""The types of outcomes, and the events on the bus that tell them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from aws_cdk import aws_events as events

from greenroom.delivery import rejection
from greenroom.delivery.channels import EVENT_SOURCE
from greenroom.delivery.message import DETAIL_TYPES

REQUESTED = "Stream Requested"
"""The detail type of a request by event."""

OutcomeType = Literal[
    "stream.ready",
    "stream.failed",
    "stream.timed_out",
    "stream.cancelled",
    "stream.rejected",
    "batch.finished",
    "batch.cancelled",
]
"""The `type` of a message. `stream.rejected` is a request by event or StartExecution that was refused; those of a batch
are its summary."""

_DETAIL_TYPES = DETAIL_TYPES | {"stream.rejected": rejection.DETAIL_TYPE}

# What a function may put on the bus, by the part of the flow that it is in.
ENDS: tuple[OutcomeType, ...] = ("stream.ready", "stream.failed", "stream.timed_out", "stream.cancelled")
REJECTIONS: tuple[OutcomeType, ...] = ("stream.rejected",)
SUMMARIES: tuple[OutcomeType, ...] = ("batch.finished", "batch.cancelled")


def only(types: Collection[OutcomeType]) -> dict[str, dict[str, list[str]]]:
    """Return the condition that every event put is one of Greenroom's own, of these types.

    EventBridge judges each event of a call by itself, and each has both keys:
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
    The operator is that of its own example:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-cross-account-custom-bus-source.html
    """
    detail_types = [_DETAIL_TYPES[item] for item in types]
    return {"ForAllValues:StringEquals": {"events:source": [EVENT_SOURCE], "events:detail-type": detail_types}}


def only_requests(source: str | None) -> dict[str, dict[str, list[str]]]:
    """Return the condition that every event put is a request from this source; without one, from any but Greenroom.

    ValueError for Greenroom's own source: nobody else announces what became of a request.
    """
    if source == EVENT_SOURCE:
        raise ValueError(f"source: must not be {EVENT_SOURCE}, the source of Greenroom's own events")
    requests = {"events:detail-type": [REQUESTED]}
    if source:
        return {"ForAllValues:StringEquals": {"events:source": [source], **requests}}
    return {
        "ForAllValues:StringEquals": requests,
        "ForAllValues:StringNotEquals": {"events:source": [EVENT_SOURCE]},
    }


def pattern_of(types: Collection[OutcomeType] | None) -> events.EventPattern:
    """Return the pattern of these outcomes' events, or of all if None. Raise ValueError for an unknown type."""
    chosen = get_args(OutcomeType) if types is None else types
    if not chosen or (unknown := [item for item in chosen if item not in get_args(OutcomeType)]):
        found = f" (got {', '.join(unknown)})" if chosen else ""
        raise ValueError(f"types: must be some of {', '.join(get_args(OutcomeType))}{found}")
    return events.EventPattern(source=[EVENT_SOURCE], detail_type=[_DETAIL_TYPES[item] for item in chosen])

"""The types of outcomes, and the events on the bus that tell them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from aws_cdk import aws_events as events

from greenroom.delivery import rejection
from greenroom.delivery.channels import EVENT_SOURCE
from greenroom.delivery.message import DETAIL_TYPES

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


def pattern_of(types: Collection[OutcomeType] | None) -> events.EventPattern:
    """The events of these outcomes; of all when it is None. ValueError for a type that there is not."""
    chosen = get_args(OutcomeType) if types is None else types
    if not chosen or (unknown := [item for item in chosen if item not in get_args(OutcomeType)]):
        found = f" (got {', '.join(unknown)})" if chosen else ""
        raise ValueError(f"types: must be some of {', '.join(get_args(OutcomeType))}{found}")
    return events.EventPattern(source=[EVENT_SOURCE], detail_type=[_DETAIL_TYPES[item] for item in chosen])

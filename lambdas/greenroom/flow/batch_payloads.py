"""The inputs and results of the tasks of a batch. Their keys are the ones that `batch.asl.json` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenroom.domain.errors import own_error
from greenroom.domain.values import Failure
from greenroom.flow.payloads import Payload, TaskInput
from greenroom.record.batch import Counts


class BatchTask(TaskInput, frozen=True):
    """The input of BeginBatch and CountBatch: the batch."""


class BatchStart(Payload, frozen=True):
    """The numbers of the slices to submit; none of a cancelled batch."""

    slices: list[int]


class SliceTask(TaskInput, frozen=True):
    """The input of SubmitSlice: the batch and the number of one of its slices."""

    slice: int


class Submitted(Payload, frozen=True):
    """How many requests of a slice are on record, and how many lines are no requests."""

    accepted: int
    rejected: int


class Closing(TaskInput, frozen=True):
    """The input of CancelRequests. `reason`: why the batch ends early, where it was not cancelled before.

    `quiet`: that of the result before. None where the execution began by a definition that does not pass it on, in
    which a batch may have waited for a year.
    """

    reason: Failure | None = None
    quiet: bool | None = None

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Closing:
        reason = Failure(*own_error(data["Error"], data.get("Cause", ""))) if data.get("Error") else None
        return cls(data["id"], reason, data.get("quiet"))


class BatchProgress(Payload, frozen=True):
    """The result of CountBatch and CancelRequests: come again after `wait` seconds; 0 once the batch is at rest.

    `quiet`, of CancelRequests: this call found nothing pending, so the next one that finds nothing either is the last.
    """

    wait: int
    counts: Counts
    quiet: bool | None = None


class Ending(TaskInput, frozen=True):
    """The input of EndBatch: the counts of a batch at rest. `closing`: it was cancelled."""

    closing: bool
    counts: Counts

"""The inputs and results of the tasks of a batch. Their keys are the ones that `batch.asl.json` names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenroom.domain.errors import own_error
from greenroom.domain.values import Failure
from greenroom.flow.payloads import Payload
from greenroom.record.batch import Counts


@dataclass(frozen=True)
class BatchTask:
    """The input of BeginBatch and CountBatch: the batch."""

    id: str

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> BatchTask:
        return cls(data["id"])

    @property
    def request_id(self) -> str:
        return self.id


@dataclass(frozen=True)
class BatchStart(Payload):
    """The numbers of the slices that are to be submitted; none of a batch that has been cancelled."""

    slices: list[int]


@dataclass(frozen=True)
class SliceTask:
    """The input of SubmitSlice: the batch and the number of one of its slices."""

    id: str
    slice: int

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> SliceTask:
        return cls(data["id"], data["slice"])

    @property
    def request_id(self) -> str:
        return self.id


@dataclass(frozen=True)
class Submitted(Payload):
    """How many requests of a slice are on record, and how many lines are no requests."""

    accepted: int
    rejected: int


@dataclass(frozen=True)
class Closing:
    """The input of CancelRequests. `reason`: why the batch ends early, where it was not cancelled before.

    `quiet`: that of the result before. None where the execution began by a definition that does not pass it on, in
    which a batch may have waited for a year.
    """

    id: str
    reason: Failure | None = None
    quiet: bool | None = None

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Closing:
        reason = Failure(*own_error(data["Error"], data.get("Cause", ""))) if data.get("Error") else None
        return cls(data["id"], reason, data.get("quiet"))

    @property
    def request_id(self) -> str:
        return self.id


@dataclass(frozen=True)
class BatchProgress(Payload):
    """The result of CountBatch and CancelRequests: come again after `wait` seconds; 0 once the batch is at rest.

    `quiet`, of CancelRequests: this call found nothing pending, so the next one that finds nothing either is the last.
    """

    wait: int
    counts: Counts
    quiet: bool | None = None


@dataclass(frozen=True)
class Ending:
    """The input of EndBatch: the counts of a batch at rest. `closing`: it was cancelled."""

    id: str
    closing: bool
    counts: Counts

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Ending:
        return cls(data["id"], data["closing"], Counts(**data["counts"]))

    @property
    def request_id(self) -> str:
        return self.id

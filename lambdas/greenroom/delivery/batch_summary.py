"""The one message that tells how a batch ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from greenroom.delivery.channels import Channel
from greenroom.delivery.message import Message
from greenroom.domain.errors import DeliveryError
from greenroom.domain.values import Clock, to_iso
from greenroom.flow.batch_payloads import Ending
from greenroom.record.batch import Batch, BatchState, Counts
from greenroom.record.batches import Batches


@dataclass(frozen=True)
class BatchSummaries:
    """Ends batches, and tells each channel how. `channels`: those that everybody may follow."""

    batches: Batches
    channels: Mapping[str, Channel]
    clock: Clock

    def end_batch(self, ending: Ending) -> None:
        """End a batch that is at rest, once, and tell its summary to each channel that has not had it.

        A batch that somebody cancels while it finishes is left to the execution that closes it. DeliveryError if a
        channel did not take the summary; the others have it, and do not get it again.
        """
        outcome = BatchState.CANCELLED if ending.closing else BatchState.FINISHED
        self.batches.end(ending.id, outcome, self.clock(), ending.counts)
        batch = self.batches.get(ending.id)
        if batch is None or batch.ended_at is None:
            return
        self._tell(batch)
        self.batches.close(batch.id)

    def _tell(self, batch: Batch) -> None:
        message, errors = summary(batch), list[DeliveryError]()
        for name in sorted(set(self.channels) - batch.told):
            try:
                self.channels[name].deliver(message, {"type": name})
            except DeliveryError as error:
                errors.append(error)
            else:
                self.batches.mark_told(batch.id, [name])
        if errors:
            raise errors[0]


def summary(batch: Batch) -> Message:
    """Return the message of a batch that has ended."""
    ended_at = to_iso(batch.ended_at or batch.start_at)
    failure = {"error": batch.failure.error, "message": batch.failure.message} if batch.failure else {}
    data = {
        "id": batch.id,
        "state": batch.state.value,
        "total": batch.total,
        "counts": (batch.counts or Counts()).dump(),
        "createdAt": to_iso(batch.created_at),
        "startAt": to_iso(batch.start_at),
        "endedAt": ended_at,
        **failure,
        "metadata": dict(batch.metadata),
    }
    return Message(f"batch.{batch.state}", ended_at, data)

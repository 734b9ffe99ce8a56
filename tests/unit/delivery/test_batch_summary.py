"""The summary of a batch: told once to each channel, with the counts that the batch had when it came to rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from greenroom.delivery.batch_summary import BatchSummaries
from greenroom.domain.errors import DeliveryFailed
from greenroom.flow.batch_payloads import Ending
from greenroom.record.batch import BatchState, Counts
from tests.support.batches import Classroom
from tests.support.documents import fits_event
from tests.support.examples import a_body
from tests.support.recorders import RecordingChannel


class Hall:
    """A class of two that was submitted, with the channels that hear how it ended."""

    def __init__(self) -> None:
        self.room = Classroom()
        self.channels = {"bus": RecordingChannel(), "sns": RecordingChannel()}
        self.batch_id = self.room.accepted(a_body(), a_body(), metadata={"class": "A-17"})
        self.room.begin(self.batch_id)

    def end(self, *, closing: bool = False, counts: Counts = Counts(ready=1, failed=1)) -> None:  # noqa: B008
        ending = Ending.load({"id": self.batch_id, "closing": closing, "counts": counts.dump()})
        BatchSummaries(self.room.batches, self.channels, self.room.clock).end_batch(ending)

    @property
    def told(self) -> dict[str, list[Mapping[str, Any]]]:
        return {name: [message.as_dict() for message, _ in each.taken] for name, each in self.channels.items()}


def test_the_summary_of_a_finished_batch_says_how_many_came_to_which_end() -> None:
    hall = Hall()
    hall.end()
    message = {
        "type": "batch.finished",
        "timestamp": "2026-11-24T12:00:00Z",
        "data": {
            "id": hall.batch_id,
            "state": "finished",
            "total": 2,
            "counts": {"pending": 0, "ready": 1, "failed": 1, "timed_out": 0, "cancelled": 0, "rejected": 0},
            "createdAt": "2026-11-24T12:00:00Z",
            "startAt": "2026-11-24T12:00:00Z",
            "endedAt": "2026-11-24T12:00:00Z",
            "metadata": {"class": "A-17"},
        },
    }
    assert hall.told == {"bus": [message], "sns": [message]}
    assert fits_event("batch", message)
    ((on_bus, _),) = hall.channels["bus"].taken
    assert on_bus.detail_type == "Batch Finished"
    assert hall.room.batches.batches[hall.batch_id].due_at is None


def test_a_repeat_tells_nothing_again_and_changes_no_count() -> None:
    hall = Hall()
    hall.end()
    hall.end(counts=Counts(ready=2))
    assert [len(messages) for messages in hall.told.values()] == [1, 1]
    assert hall.room.batches.batches[hall.batch_id].counts == Counts(ready=1, failed=1)


def test_the_summary_says_when_the_batch_ended() -> None:
    hall = Hall()
    hall.room.clock.advance(61)
    hall.end()
    (message,) = hall.told["sns"]
    assert (message["timestamp"], message["data"]["endedAt"]) == ("2026-11-24T12:01:01Z", "2026-11-24T12:01:01Z")
    assert message["data"]["startAt"] == "2026-11-24T12:00:00Z"


def test_a_cancelled_batch_says_why() -> None:
    hall = Hall()
    hall.room.cancel(hall.batch_id)
    hall.end(closing=True, counts=Counts(cancelled=2))
    (message,) = hall.told["sns"]
    assert (message["type"], message["data"]["error"]) == ("batch.cancelled", "BatchCancelled")
    assert fits_event("batch", message)
    ((on_bus, _),) = hall.channels["bus"].taken
    assert on_bus.detail_type == "Batch Cancelled"


def test_a_batch_that_is_cancelled_while_it_finishes_is_left_to_who_closes_it() -> None:
    hall = Hall()
    hall.room.cancel(hall.batch_id)
    hall.end()
    assert hall.told == {"bus": [], "sns": []}
    assert hall.room.batches.batches[hall.batch_id].ended_at is None


def test_who_closes_a_finished_batch_only_tells_what_was_not_told() -> None:
    hall = Hall()
    hall.channels["bus"].error = DeliveryFailed("The bus did not answer")
    with pytest.raises(DeliveryFailed):
        hall.end()
    assert hall.room.batches.batches[hall.batch_id].due_at is not None
    hall.channels["bus"].error = None
    hall.end(closing=True, counts=Counts(cancelled=2))
    assert [message["type"] for message in (*hall.told["bus"], *hall.told["sns"])] == ["batch.finished"] * 2
    assert hall.room.batches.batches[hall.batch_id].outcome is BatchState.FINISHED


def test_a_batch_that_is_gone_is_nobody_s_summary() -> None:
    hall = Hall()
    hall.room.batches.batches.clear()
    hall.end()
    assert hall.told == {"bus": [], "sns": []}


def test_each_channel_is_told_as_a_target_of_its_kind() -> None:
    hall = Hall()
    hall.end()
    targets = {name: [target for _, target in each.taken] for name, each in hall.channels.items()}
    assert targets == {"bus": [{"type": "bus"}], "sns": [{"type": "sns"}]}

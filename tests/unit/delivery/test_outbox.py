"""From the changes of the records to the queue: an outcome is announced, progress is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom.delivery.message import Delivery, deliveries
from greenroom.delivery.outbox import announce, pass_on
from greenroom.domain.values import Renewal, RequestState
from greenroom.record.model import Record
from tests.support.examples import URL, a_body, a_record
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.recorders import RecordingFrames, RecordingQueue

HOOK = {"type": "webhook", "url": "https://hooks.example"}
BODY = a_body(notify=[HOOK, {"type": "websocket", "connectionId": "c"}])
BUS, SNS = Delivery("r", {"type": "bus"}), Delivery("r", {"type": "sns"})
ENDS = [state for state in RequestState if state.is_terminal]


def ended(state: RequestState = RequestState.READY, due_at: datetime | None = NOW, **fields: Any) -> Record:
    """Make a request that has ended, and whose outcome has waited since `due_at` to be announced."""
    return a_record(state=state, settled_at=NOW, due_at=due_at, **fields)


class FullQueue(RecordingQueue):
    def put(self, deliveries: Sequence[Delivery]) -> None:  # noqa: ARG002  # it takes none
        raise OverflowError


class Desk:
    def __init__(self, *records: Record) -> None:
        self.records, self.queue = InMemoryRecords(*records), RecordingQueue()
        self.frames = RecordingFrames()

    def announce(self, record: Record) -> None:
        announce(record, queue=self.queue, records=self.records)

    def pass_on(self, before: Record, after: Record) -> bool:
        return pass_on(before, after, queue=self.queue, records=self.records, frames=self.frames)

    @property
    def waits(self) -> bool:
        """Whether the outcome is still to be announced, as the record has it."""
        return self.records.records["r"].due_at is not None


def test_an_outcome_is_queued_once_for_each_target_and_marked_announced() -> None:
    record = ended(body=BODY)
    desk = Desk(record)
    desk.announce(record)
    assert desk.queue.queued == deliveries(record)
    assert len(desk.queue.queued) == 3
    assert not desk.waits


def test_a_target_that_has_had_the_outcome_is_left_out() -> None:
    record = ended(body=BODY, delivered=frozenset({"bus", "websocket:c"}))
    desk = Desk(record)
    desk.announce(record)
    assert desk.queue.queued == [Delivery("r", HOOK)]


def test_what_is_queued_holds_no_url() -> None:
    desk = Desk(ended())
    desk.announce(ended())
    assert URL not in str(desk.queue.queued)


def test_an_outcome_that_could_not_be_queued_still_waits() -> None:
    desk = Desk(ended())
    desk.queue = FullQueue()
    with pytest.raises(OverflowError):
        desk.announce(ended())
    assert desk.waits


def test_a_later_outcome_still_waits_when_an_earlier_one_was_queued() -> None:
    """A URL was renewed while the change before it was still on its way."""
    desk = Desk(ended(due_at=NOW + timedelta(seconds=5)))
    desk.announce(ended(due_at=NOW))
    assert desk.waits


@pytest.mark.parametrize("state", ENDS)
def test_a_request_that_has_just_ended_is_announced_and_told_to_be_so(state: RequestState) -> None:
    desk = Desk(ended(state))
    assert desk.pass_on(a_record(), ended(state)) is True
    assert desk.queue.queued == [BUS, SNS]
    assert not desk.waits


@pytest.mark.parametrize("renewal", [Renewal.DONE, Renewal.FAILED])
def test_the_end_of_a_renewal_is_announced_and_is_no_new_end(renewal: Renewal) -> None:
    after = ended(renewal=renewal, delivered=frozenset({"bus"}))
    desk = Desk(after)
    assert desk.pass_on(ended(renewal=Renewal.ASKED), after) is False
    assert desk.queue.queued == [SNS]


def test_a_request_that_goes_on_is_not_announced() -> None:
    desk = Desk(a_record(BODY))
    assert desk.pass_on(a_record(BODY), a_record(BODY, stream={"state": "CREATE_IN_PROGRESS"})) is False
    assert desk.queue.queued == []
    assert [connection for connection, _ in desk.frames.sent] == ["c"]

"""Outcomes whose change of the table was given up: the sweep announces them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom.delivery.message import Delivery
from greenroom.delivery.sweep import Sweep
from greenroom.domain.values import Renewal, RequestState
from greenroom.flow.reconciliation import GRACE, JOB
from greenroom.record.model import Open, Record
from tests.support.examples import a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
from tests.support.recorders import RecordingExecutions, RecordingQueue

BUS, SNS = Delivery("r", {"type": "bus"}), Delivery("r", {"type": "sns"})
LONG_AGO = NOW - GRACE - timedelta(seconds=1)


def ended(due_at: datetime | None, state: RequestState = RequestState.READY, **fields: Any) -> Record:
    """Make a request that has ended, and whose outcome has waited since `due_at` to be announced."""
    return a_record(state=state, settled_at=NOW, due_at=due_at, **fields)


class LaggingRecords(InMemoryRecords):
    """Records whose index still has a request that waits to be announced."""

    def unannounced(self, by: datetime) -> Iterator[str]:  # noqa: ARG002  # always
        yield "r"


class FailingOnce(RecordingQueue):
    """A queue that does not take what it is given first."""

    def put(self, deliveries: Sequence[Delivery]) -> None:
        if not self.hidden:
            self.hidden.append(("failed", 0))
            raise OSError("busy")
        super().put(deliveries)


class Desk:
    def __init__(self, *records: Record) -> None:
        self.records, self.queue, self.clock = InMemoryRecords(*records), RecordingQueue(), FakeClock()

    def __call__(self) -> int:
        return Sweep(self.records, RecordingExecutions(), self.queue, self.clock).unannounced().count


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_an_outcome_whose_change_was_given_up_is_announced_once(state: RequestState) -> None:
    sweep = Desk(ended(LONG_AGO, state))
    assert (sweep(), sweep()) == (1, 0)
    assert sweep.queue.queued == [BUS, SNS]


def test_what_is_recent_pending_or_announced_is_left_alone() -> None:
    sweep = Desk(
        ended(NOW - GRACE, id="recent"),
        a_record(id="pending", due_at=LONG_AGO, deadline_at=LONG_AGO),
        ended(None, id="announced"),
    )
    assert sweep() == 0
    assert sweep.queue.queued == []


def test_a_renewal_that_ended_is_unannounced_again() -> None:
    sweep = Desk(ended(LONG_AGO, renewal=Renewal.ASKED, delivered=frozenset({"bus"})))
    assert sweep() == 1
    assert sweep.records.end_renewal("r", LONG_AGO)
    assert (sweep(), sweep()) == (1, 0)
    assert sweep.queue.queued == [SNS, SNS]


@pytest.mark.parametrize("now", [None, ended(None)], ids=["deleted", "announced"])
def test_what_was_done_while_the_sweep_ran_is_left_alone(now: Record | None) -> None:
    """An index of DynamoDB lags behind its table."""
    sweep = Desk()
    sweep.records = LaggingRecords(*([now] if now else []))
    assert sweep() == 0
    assert sweep.queue.queued == []


def test_an_outcome_that_cannot_be_announced_holds_no_other_up() -> None:
    sweep = Desk(ended(LONG_AGO, id="first"), ended(LONG_AGO, id="second"))
    sweep.queue = FailingOnce()
    swept = Sweep(sweep.records, RecordingExecutions(), sweep.queue, sweep.clock).unannounced()
    assert (swept.count, {name: str(error) for name, error in swept.errors.items()}) == (1, {"first": "busy"})
    assert {delivery.id for delivery in sweep.queue.queued} == {"second"}


class SlowRecords(InMemoryRecords):
    """Records of which each write takes as long as a job has."""

    def __init__(self, clock: FakeClock, *records: Record) -> None:
        super().__init__(*records)
        self._clock = clock

    def mark_announced(self, record: Record, delivered: Iterable[str], withdrawn: Iterable[str] = ()) -> None:
        super().mark_announced(record, delivered, withdrawn)
        self._clock.advance(JOB.total_seconds())

    def end_renewal(self, request_id: str, at: datetime) -> bool:
        self._clock.advance(JOB.total_seconds())
        return super().end_renewal(request_id, at)


def test_what_a_sweep_has_no_time_for_is_left_to_its_next_run() -> None:
    sweep = Desk()
    sweep.records = SlowRecords(sweep.clock, ended(LONG_AGO, id="first"), ended(LONG_AGO, id="second"))
    assert (sweep(), sweep()) == (1, 1)


def test_renewals_that_a_sweep_has_no_time_for_are_left_to_its_next_run() -> None:
    clock = FakeClock()
    asked = [ended(LONG_AGO, id=name, renewal=Renewal.ASKED, open=Open.RENEWING) for name in ("first", "second")]
    records = SlowRecords(clock, *asked)
    assert [Sweep(records, RecordingExecutions(), RecordingQueue(), clock).renewals().count for _ in range(2)] == [1, 1]

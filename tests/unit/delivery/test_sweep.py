"""The jobs of the sweep that end, stop and release what nothing else did; that it announces has a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from greenroom.delivery.sweep import Sweep
from greenroom.domain.errors import ThrottlingException
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.reconciliation import (
    GRACE,
    JOB,
    SETTLED,
    Swept,
)
from greenroom.record.model import Open, Record
from tests.support.examples import a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords
from tests.support.recorders import RecordingExecutions, RecordingQueue


def test_a_sweep_ends_what_is_well_past_its_deadline_and_stops_it() -> None:
    overdue = a_record(id="overdue", deadline_at=NOW - GRACE - timedelta(seconds=1))
    just_late = a_record(id="just late", deadline_at=NOW - GRACE + timedelta(seconds=1))
    done = a_record(id="done", deadline_at=NOW - timedelta(days=1), state=RequestState.READY)
    records, executions = InMemoryRecords(overdue, just_late, done), RecordingExecutions()
    swept = Sweep(records, executions, RecordingQueue(), FakeClock()).overdue()
    assert swept == Swept(1, stuck={"overdue": GRACE.total_seconds() + 1})
    states = {id_: record.state.value for id_, record in records.records.items()}
    assert states == {"overdue": "timed_out", "just late": "pending", "done": "ready"}
    assert [stopped[0] for stopped in executions.stopped] == ["overdue"]


def test_a_second_sweep_finds_nothing() -> None:
    records = InMemoryRecords(a_record(deadline_at=NOW - timedelta(days=1)))
    swept = [Sweep(records, RecordingExecutions(), RecordingQueue(), FakeClock()).overdue() for _ in range(2)]
    assert [each.count for each in swept] == [1, 0]
    assert swept[1] == Swept()


class ExecutionsThatDoNotStop(RecordingExecutions):
    """Step Functions, which does not stop one execution for now."""

    is_stuck = True

    def stop(self, request_id: str, error: str, cause: str) -> None:
        super().stop(request_id, error, cause)
        if request_id == "stuck" and self.is_stuck:
            raise ThrottlingException("States did not answer")


def test_a_request_that_cannot_be_swept_does_not_keep_the_others_from_it() -> None:
    yesterday = NOW - timedelta(days=1)
    records = InMemoryRecords(*(a_record(id=name, deadline_at=yesterday) for name in ("stuck", "other")))
    executions = ExecutionsThatDoNotStop()
    swept = Sweep(records, executions, RecordingQueue(), FakeClock()).overdue()
    assert {stopped[0] for stopped in executions.stopped} == {"stuck", "other"}
    assert swept.count == 1
    assert {name: str(error) for name, error in swept.errors.items()} == {"stuck": "States did not answer"}


def test_an_execution_that_could_not_be_stopped_is_stopped_by_a_later_sweep() -> None:
    records = InMemoryRecords(a_record(id="stuck", deadline_at=NOW - timedelta(days=1)))
    executions, clock = ExecutionsThatDoNotStop(), FakeClock()
    Sweep(records, executions, RecordingQueue(), clock).overdue()
    records.mark_announced(records.records["stuck"], ["bus"])
    clock.advance(SETTLED.total_seconds() + 1)
    swept = Sweep(records, executions, RecordingQueue(), clock).releases()
    assert (swept.count, list(swept.errors), records.records["stuck"].to_stop) == (0, ["stuck"], True)
    assert swept.stuck == swept.waits == {"stuck": SETTLED.total_seconds() + 1}
    executions.is_stuck = False
    Sweep(records, executions, RecordingQueue(), clock).releases()
    record = records.records["stuck"]
    assert (len(executions.stopped), record.to_stop, record.open, record.due_at) == (3, False, None, None)


def to_release(**fields: Any) -> Record:
    """Make a request that was cancelled at NOW, and for which something was started."""
    started = {"release_on_failure": True, "started": "token", "open": Open.RELEASING, "due_at": NOW}
    return a_record(state=RequestState.CANCELLED, settled_at=NOW, **{**started, **fields})


def test_what_was_started_is_asked_to_be_released_until_it_is() -> None:
    """By each sweep, though the next one may come a bit sooner than after five minutes."""
    records, clock = InMemoryRecords(to_release()), FakeClock()
    asked = []
    for age in (301, 600, 895):
        clock.now = NOW + timedelta(seconds=age)
        swept = Sweep(records, RecordingExecutions(), RecordingQueue(), clock).releases()
        assert (swept.waits, swept.stuck) == ({"r": age}, {})
        asked.append(records.records["r"].due_at)
    assert len(set(asked)) == 3
    records.mark_released("r")
    clock.advance(3600)
    assert Sweep(records, RecordingExecutions(), RecordingQueue(), clock).releases() == Swept()


def test_what_is_gone_or_was_released_since_the_index_was_read_is_passed_over() -> None:
    records = InMemoryRecords(a_record(state=RequestState.CANCELLED, open=None))
    records.releasing = lambda by: iter(["gone", "r"])  # type: ignore[method-assign]  # noqa: ARG005
    assert Sweep(records, RecordingExecutions(), RecordingQueue(), FakeClock()).releases() == Swept()


def test_nothing_is_released_for_good_while_something_may_still_be_under_way() -> None:
    records, clock = InMemoryRecords(to_release()), FakeClock()
    clock.now = NOW + SETTLED
    assert Sweep(records, RecordingExecutions(), RecordingQueue(), clock).releases() == Swept()


def test_the_oldest_pending_request_is_known_by_those_that_are_due_first() -> None:
    ages = {f"of {age} s": a_record(id=f"of {age} s", created_at=NOW - timedelta(seconds=age)) for age in (4, 90, 30)}
    done = a_record(id="done", created_at=NOW - timedelta(days=1), state=RequestState.READY)
    assert (
        Sweep(
            InMemoryRecords(done, *ages.values()), RecordingExecutions(), RecordingQueue(), FakeClock()
        ).oldest_pending()
        == 90
    )
    assert Sweep(InMemoryRecords(done), RecordingExecutions(), RecordingQueue(), FakeClock()).oldest_pending() is None


def test_what_a_lagging_index_names_is_neither_swept_nor_pending() -> None:
    class LaggingRecords(InMemoryRecords):
        def overdue(self, by: datetime) -> Iterator[str]:  # noqa: ARG002
            yield from ("gone", "done")

    done = a_record(id="done", deadline_at=NOW - timedelta(days=1), state=RequestState.READY)
    records, executions = LaggingRecords(done), RecordingExecutions()
    assert Sweep(records, executions, RecordingQueue(), FakeClock()).overdue() == Swept()
    assert Sweep(records, RecordingExecutions(), RecordingQueue(), FakeClock()).oldest_pending() is None
    assert (records.records, executions.stopped) == ({"done": done}, [])


def test_of_thousands_of_pending_requests_ten_are_read() -> None:
    class CountedRecords(InMemoryRecords):
        read = 0

        def get(self, request_id: str) -> Record | None:
            self.read += 1
            return super().get(request_id)

    records = CountedRecords(*(a_record(id=str(n), deadline_at=NOW + timedelta(seconds=n)) for n in range(1000)))
    assert Sweep(records, RecordingExecutions(), RecordingQueue(), FakeClock()).oldest_pending() == 0
    assert records.read == 10


class SlowRecords(InMemoryRecords):
    """Records of which each takes so many seconds to end."""

    def __init__(self, clock: FakeClock, seconds: float, *records: Record) -> None:
        super().__init__(*records)
        self._clock, self._seconds = clock, seconds

    def settle(self, *args: Any, **more: Any) -> bool:
        self._clock.advance(self._seconds)
        return super().settle(*args, **more)


def test_a_sweep_with_too_much_to_do_leaves_the_rest_to_the_next_run_and_its_time_to_the_other_jobs() -> None:
    clock, yesterday = FakeClock(), NOW - timedelta(days=1)
    records = SlowRecords(clock, 0.1, *(a_record(id=str(n), deadline_at=yesterday) for n in range(1000)))
    swept = [Sweep(records, RecordingExecutions(), RecordingQueue(), clock).overdue() for _ in range(4)]
    assert [each.count for each in swept] == [300, 300, 300, 100]


class SlowToStop(RecordingExecutions):
    """Executions of which each takes so many seconds to stop."""

    clock: FakeClock
    seconds: float

    def stop(self, request_id: str, error: str, cause: str) -> None:
        self.clock.advance(self.seconds)
        super().stop(request_id, error, cause)


def test_releases_that_a_sweep_has_no_time_for_are_left_to_its_next_run() -> None:
    clock = FakeClock()
    long_ago = NOW - SETTLED - timedelta(seconds=1)
    ended = [to_release(id=name, due_at=long_ago, started=None, to_stop=True) for name in ("first", "second")]
    executions = SlowToStop()
    executions.clock, executions.seconds = clock, JOB.total_seconds()
    records = InMemoryRecords(*ended)
    swept = [Sweep(records, executions, RecordingQueue(), clock).releases() for _ in range(2)]
    assert [each.count for each in swept] == [1, 1]


def test_an_execution_that_is_stopped_late_hears_why_its_request_ended() -> None:
    records = InMemoryRecords(to_release(to_stop=True, due_at=NOW - SETTLED - timedelta(seconds=1)))
    executions = RecordingExecutions()
    Sweep(records, executions, RecordingQueue(), FakeClock()).releases()
    assert executions.stopped == [("r", "RequestEnded", "The request has ended")]


def test_a_request_of_which_nothing_was_heard_says_so() -> None:
    records = InMemoryRecords(a_record(deadline_at=NOW - timedelta(days=1)))
    Sweep(records, RecordingExecutions(), RecordingQueue(), FakeClock()).overdue()
    said = Failure("DeadlineExceeded", "The deadline passed and nothing was heard of the execution")
    assert records.records["r"].failure == said

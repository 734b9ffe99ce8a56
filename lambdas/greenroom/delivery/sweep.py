"""The jobs of the sweep: ending, announcing and stopping what nothing else did, a while after something should have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from greenroom.delivery.channels import DeliveryQueue
from greenroom.delivery.message import deliveries
from greenroom.domain.errors import DeadlineExceeded
from greenroom.domain.values import Clock, Failure, RequestState
from greenroom.flow.executions import Executions
from greenroom.flow.reconciliation import GRACE, SETTLED, Swept, stop, time_of_a_job
from greenroom.record.model import Open
from greenroom.record.store import Records

# A sweep runs every five minutes, a bit sooner at times. What it asked for is asked for again by the next one.
_ASKED_BEFORE = timedelta(minutes=1)
# Each request is due before that: a deadline is a day, and a URL a week, at most.
_ALWAYS = timedelta(days=30)
_DUE_FIRST = 10


@dataclass(frozen=True)
class Sweep:
    """The jobs. Each has time of its own, and returns what it did."""

    records: Records
    executions: Executions
    queue: DeliveryQueue
    clock: Clock

    def overdue(self) -> Swept:
        """End every pending request that no flow can be at work on any more, and stop what may still run for it.

        What could not be stopped is left to the sweep of releases.
        """
        failure = Failure(DeadlineExceeded.__name__, "The deadline passed and nothing was heard of the execution")
        stuck: dict[str, float] = {}

        def end(request_id: str) -> bool:
            record = self.records.get(request_id)
            if record is None or record.state.is_terminal:  # the index lags
                return False
            stuck[request_id] = (self.clock() - record.deadline_at).total_seconds()
            ended = self.records.settle(request_id, RequestState.TIMED_OUT, self.clock(), failure, to_stop=True)
            if ended:
                stop(request_id, failure, records=self.records, executions=self.executions)
            return ended

        overdue = self.records.overdue(self.clock() - GRACE)
        return replace(Swept.each(overdue, end, time_of_a_job(self.clock)), stuck=stuck)

    def unannounced(self) -> Swept:
        """Queue every outcome that has waited too long because the table's change was given up."""

        def announce(request_id: str) -> bool:
            record = self.records.get(request_id)
            if record is None or record.due_at is None:  # the index lags: it may have been announced by now
                return False
            self.queue.put(deliveries(record))
            self.records.mark_announced(record, [])
            return True

        return Swept.each(self.records.unannounced(self.clock() - GRACE), announce, time_of_a_job(self.clock))

    def renewals(self) -> Swept:
        """End every renewal that no flow can be at work on any more: its targets hear then that the URL has expired.

        An execution that runs still finds at its next call that its renewal has ended.
        """
        return Swept.each(
            self.records.renewing(self.clock() - GRACE),
            lambda request_id: self.records.end_renewal(request_id, self.clock()),
            time_of_a_job(self.clock),
        )

    def releases(self) -> Swept:
        """Stop what runs for ended requests, and have what was started for them released, until both has happened."""
        has_time = time_of_a_job(self.clock)
        waits: dict[str, float] = {}
        stuck: dict[str, float] = {}

        def finish(request_id: str) -> bool:
            record = self.records.get(request_id)
            if record is None or record.open is not Open.RELEASING:  # the index lags
                return False
            waits[request_id] = (self.clock() - record.ended_at).total_seconds()
            if record.to_stop:
                stuck[request_id] = waits[request_id]
                reason = record.failure or Failure("RequestEnded", "The request has ended")
                stop(request_id, reason, records=self.records, executions=self.executions)
            if record.to_release:
                self.records.ask_for_release(record, self.clock() - _ASKED_BEFORE)
            else:
                self.records.mark_released(request_id)
            return True

        swept = Swept.each(self.records.releasing(self.clock() - SETTLED), finish, has_time)
        return replace(swept, waits=waits, stuck=stuck)

    def oldest_pending(self) -> float | None:
        """Return for how many seconds the oldest of those pending requests that are due first has waited, if any.

        Where all requests have one deadline, it is the oldest of all.
        """
        due_first = islice(self.records.overdue(self.clock() + _ALWAYS), _DUE_FIRST)
        found = (self.records.get(request_id) for request_id in due_first)
        ages = [
            (self.clock() - each.created_at).total_seconds() for each in found if each and not each.state.is_terminal
        ]
        return max(ages, default=None)

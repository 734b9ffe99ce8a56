"""How much one owner may have under way at a time, where the deployment bounds it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from greenroom.domain.errors import ThrottlingException, UsageExceeded
from greenroom.flow.batches import LONGEST, pause
from greenroom.flow.estimate import estimate
from greenroom.flow.pacing.paces import TTL, VERSION, Change, Paces
from greenroom.record.batch import Batch
from greenroom.record.batches import Batches
from greenroom.record.items import USAGE
from greenroom.record.store import Records

# So often is the item of an owner's batches read again when another call has changed it meanwhile.
_ATTEMPTS = 4
# More batches of one owner are not under way at a time: each is looked at before anybody is refused.
_MOST_BATCHES = 200
_LONGEST_RETRY_SECONDS = 300
# A batch may wait for a year for its time.
_KEPT = timedelta(days=400)


@dataclass(frozen=True)
class PendingLimit:
    """`limit`: how many single requests of one owner may be pending; None for any number.

    They are counted anew for each request, by the index of owners. That lags by a moment, in which calls at the same
    time may go beyond the limit, and no count of our own can drift.
    """

    limit: int | None
    records: Records

    def ensure_room(self, owner: str, now: datetime) -> None:
        """Raise UsageExceeded, with the time of the first that is likely to end, if there is no room for one more."""
        if self.limit is None:
            return
        # Nothing is pending that is older than the longest deadline.
        pending = self.records.pending_of(owner, now - LONGEST, self.limit)
        if len(pending) >= self.limit:
            soonest = min(estimate(each, now).ready_at for each in pending)
            raise UsageExceeded(
                f"{self.limit} requests of yours are pending, which is as many as may be",
                _seconds((soonest - now).total_seconds()),
            )


@dataclass(frozen=True)
class BatchLimit:
    """`limit`: how many requests the batches of one owner may have that have not come to rest; None for any number.

    An item of the owner's names its batches, and how many requests each has. Those that have ended are taken out of it
    before anybody is refused, by what the batches themselves say.
    """

    limit: int | None
    batches: Batches
    paces: Paces

    def take_room(self, owner: str, batch_id: str, batch: Batch, now: datetime) -> None:
        """Note the batch; raise UsageExceeded, with the time of the next look, if there is no room for it."""
        if self.limit is None:
            return
        if batch.total > self.limit:
            raise UsageExceeded(f"A batch may have {self.limit} requests here, and this one has {batch.total}", None)
        name = f"{USAGE}{hashlib.sha256(owner.encode()).hexdigest()[:32]}"
        for _ in range(_ATTEMPTS):
            if self._noted(name, batch_id, batch, now):
                return
        raise ThrottlingException("Other batches of yours are being accepted: try again")

    def _noted(self, name: str, batch_id: str, batch: Batch, now: datetime) -> bool:
        numbers = self.paces.read(name, consistent=True)
        noted = {each: int(total) for each, total in numbers.items() if each not in {VERSION, TTL, batch_id}}
        ended = []
        if not self._fits(batch, noted):
            left = self._left(noted)
            ended = [each for each in noted if each not in left]
            noted = {each: noted[each] for each in left}
            if not self._fits(batch, noted):
                under_way = f"{sum(noted.values())} requests of {len(noted)} batches of yours have not ended"
                allowed = f"{self.limit} may be under way, in {_MOST_BATCHES} batches at most"
                raise UsageExceeded(
                    f"{under_way}, and this batch has {batch.total}: {allowed}",
                    _seconds(min(pause(each, now) for each in left.values())),
                )
        put = {batch_id: batch.total, TTL: int((batch.start_at + _KEPT).timestamp())}
        return self.paces.change(name, Change(int(numbers.get(VERSION, 0)), put, remove=ended))

    def _fits(self, batch: Batch, others: Mapping[str, int]) -> bool:
        return len(others) < _MOST_BATCHES and sum(others.values()) + batch.total <= (self.limit or 0)

    def _left(self, noted: Mapping[str, int]) -> dict[str, Batch]:
        """Return the batches that have not ended. One without a record was never accepted, or is long gone."""
        found = {each: self.batches.get(each) for each in noted}
        return {each: batch for each, batch in found.items() if batch and batch.due_at and not batch.ended_at}


def _seconds(seconds: float) -> int:
    return max(1, min(_LONGEST_RETRY_SECONDS, round(seconds)))

"""The order of the requests that wait for an operation: a histogram of their turns over rounds, and the turns gone.

In a round, each lane (`lanes`) has one turn. A new request joins the round after the one that is served, so none joins
a round that is gone, and the first turns are the ones that are gone, whichever requests used them. All rounds of
batches are after all others: their turns are counted apart.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from greenroom.flow.pacing.buckets import bucket_of, edges
from greenroom.flow.pacing.paces import Numbers

JOINED = "j:"
GONE, BATCHES_GONE = "gone", "batchesGone"
# The release before counted the gone of each bucket.
_GONE_BEFORE = "g:"

BATCHES = 1 << 40
"""The first round of batches."""


@dataclass(frozen=True)
class Queue:
    """The turns of batches, or of all others. `joined`: how many there are, by bucket; `gone`: used, or passed over."""

    joined: Mapping[str, int]
    gone: int
    gone_name: str
    first: int = 0

    def waiting(self) -> int:
        """How many turns are left; a few less than none when some were used that had been passed over."""
        return sum(self.joined.values()) - self.gone

    def before(self, round_: int, turn: int) -> int:
        """How many turns are left before the `turn`-th of a round, about: a wide bucket has its turns evenly."""
        same = next((turns for start, end, turns in self._spans if (start, end) == (round_, round_ + 1)), 0)
        return max(0, self._until(round_) + max(0, min(turn, same) - 1) - self.gone)

    def served(self) -> int:
        """The round that is being served; the last one, if nobody waits."""
        spans = self._spans or [(self.first, self.first + 1, 0)]
        rounds = range(min(start for start, _, _ in spans), max(end for _, end, _ in spans))
        return rounds[max(0, bisect_right(rounds, self.gone, key=self._until) - 1)]

    def bucket(self, round_: int) -> str:
        return bucket_of(round_, away=round_ - self.served(), known=self.joined)

    def spent(self) -> list[str]:
        """The buckets whose turns are gone: nobody joins them any more."""
        served = self.served()
        return [bucket for bucket in self.joined if edges(bucket)[1] <= served]

    @cached_property
    def _spans(self) -> list[tuple[int, int, int]]:
        """The first round of each bucket, the one after its last, and its turns."""
        return [(*edges(bucket), turns) for bucket, turns in self.joined.items()]

    def _until(self, round_: int) -> int:
        """How many turns are before a round. A bucket is filled from its start, with one or more a round."""
        return sum(
            min(turns, math.floor((round_ - start) * max(1.0, turns / (end - start))))
            for start, end, turns in self._spans
            if start < round_
        )


@dataclass(frozen=True)
class Places:
    """All turns. `names`: those of the numbers of buckets from which they were read."""

    singles: Queue
    batches: Queue
    names: Collection[str]

    @classmethod
    def of(cls, numbers: Numbers) -> Places:
        joined, gone_before = counts(numbers, JOINED), counts(numbers, _GONE_BEFORE)
        gone = int(numbers.get(GONE, 0)) + sum(gone_before.values())
        singles = {bucket: turns for bucket, turns in joined.items() if edges(bucket)[0] < BATCHES}
        batches = {bucket: turns for bucket, turns in joined.items() if bucket not in singles}
        return cls(
            Queue(singles, gone, GONE),
            Queue(batches, int(numbers.get(BATCHES_GONE, 0)), BATCHES_GONE, BATCHES),
            [JOINED + bucket for bucket in joined] + [_GONE_BEFORE + bucket for bucket in gone_before],
        )

    def queue(self, *, batches: bool) -> Queue:
        return self.batches if batches else self.singles

    def all_waiting(self) -> int:
        return self.singles.waiting() + self.batches.waiting()

    def before(self, round_: int, turn: int) -> int:
        """How many turns are left before that one, about."""
        if round_ < BATCHES:
            return self.singles.before(round_, turn)
        return max(0, self.singles.waiting()) + self.batches.before(round_, turn)

    def tidied(self, turns: int) -> tuple[dict[str, int], list[str]]:
        """Say what to add and to remove so that the first so many turns are passed over, and only the rest kept."""
        add, remove = {}, list[str]()
        for queue in (self.singles, self.batches):
            passed, spent = min(turns, queue.waiting()), queue.spent()
            turns -= max(0, passed)
            remove += [JOINED + bucket for bucket in spent]
            if gone := passed - sum(queue.joined[bucket] for bucket in spent):
                add[queue.gone_name] = gone
        return add, remove


def counts(numbers: Numbers, kind: str) -> dict[str, int]:
    return {name.removeprefix(kind): int(count) for name, count in numbers.items() if name.startswith(kind)}

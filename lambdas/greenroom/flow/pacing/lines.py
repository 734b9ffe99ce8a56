"""Who takes turns with whom: the requests of each owner are a line, and those of each owner's batches are one.

A line has one turn in each round, from the round on that comes after the one that is served, and uses its turns in the
order of its requests' arrival. Tasks join out of order by seconds when Lambda throttles, so which turn is whose is told
anew each time: by a histogram of all arrivals whose turns may be left. It is a small item of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from greenroom.flow.pacing.buckets import bucket_of, edges, is_bucket
from greenroom.flow.pacing.paces import TTL, VERSION, Change, Numbers
from greenroom.flow.pacing.places import JOINED, counts

NOBODYS = "nobody"
"""The line of all requests without an owner: nobody tells whose they are."""
_BATCH = "batch/"

# The narrowest bucket is one part in so many of a second.
_PARTS = 64
# So many buckets without a turn that is left are kept until they are removed together.
_KEPT = 32
_KEPT_SECONDS = 86_400


def line_of(owner: str | None, *, batch: bool) -> str:
    """Name the line of a request."""
    digest = hashlib.sha256(owner.encode()).hexdigest()[:16] if owner else NOBODYS
    return f"{_BATCH}{digest}" if batch else digest


def is_of_batches(line: str) -> bool:
    return line.startswith(_BATCH)


@dataclass(frozen=True)
class Ticket:
    """The `order`-th to join a `bucket` of its line, and the `turn`-th to join the round of its turn.

    `number`: which call of all it may make, 0 until that is decided. The release before had no turns: `turn` is 0, and
    the bucket is one of the places.
    """

    bucket: str
    order: int
    turn: int
    number: int = 0

    @classmethod
    def of(cls, text: str) -> Ticket | None:
        """Read what `str` wrote, in this release or the one before; None for anything else."""
        bucket, *numbers = text.split(".")
        if len(numbers) not in {2, 3} or not all(each.isdigit() for each in numbers) or not is_bucket(bucket):
            return None
        order, number, turn = map(int, (*numbers, 0)[:3])
        return cls(bucket, order, turn, number)

    def __str__(self) -> str:
        return f"{self.bucket}.{self.order}.{self.number}.{self.turn}"

    def numbered(self, number: int) -> Ticket:
        return replace(self, number=number)


@dataclass(frozen=True)
class Line:
    """`start`: the round before that of the first arrival in `arrivals`, which has how many arrived, by bucket."""

    version: int
    start: int
    arrivals: Mapping[str, int]

    @classmethod
    def of(cls, numbers: Numbers) -> Line | None:
        if VERSION not in numbers:
            return None
        return cls(int(numbers[VERSION]), int(numbers["start"]), counts(numbers, JOINED))

    @property
    def last(self) -> int:
        """The round of its last turn."""
        return self.start + sum(self.arrivals.values())

    def round_of(self, bucket: str, order: int) -> int:
        """The round of the `order`-th to join a bucket; the one before all others, if its turn was long ago."""
        if bucket not in self.arrivals:
            return self.start
        start = edges(bucket)[0]
        earlier = sum(count for other, count in self.arrivals.items() if edges(other)[0] < start)
        return self.start + earlier + min(order, self.arrivals[bucket])

    def bucket(self, arrived: float, served: int) -> str:
        """Name the bucket of an arrival."""
        position, spent = int(arrived * _PARTS), self._spent(served)
        first = min((edges(bucket)[0] for bucket in self.arrivals if bucket not in spent), default=position)
        return bucket_of(position, away=abs(position - first), known=self.arrivals)

    def tidied(self, served: int, now: float) -> Change | None:
        """Forget the arrivals whose turns are gone, if they are many or all. The next turn is after `served`."""
        spent = self._spent(served)
        if len(spent) < _KEPT and self.last >= served:
            return None
        start = max(self.start + sum(self.arrivals[bucket] for bucket in spent), served - self._left(spent))
        put = begun_after(start, now).put
        return Change(self.version, put, remove=[JOINED + bucket for bucket in spent])

    def _left(self, spent: set[str]) -> int:
        return sum(count for bucket, count in self.arrivals.items() if bucket not in spent)

    def _spent(self, served: int) -> set[str]:
        spent, turns = set(), self.start
        for bucket in sorted(self.arrivals, key=edges):
            turns += self.arrivals[bucket]
            if turns >= served:
                break
            spent.add(bucket)
        return spent


def begun_after(served: int, now: float) -> Change:
    """Begin a line whose first turn is in the round after the one that is served."""
    return Change(0, {"start": served, TTL: int(now) + _KEPT_SECONDS})

"""The lanes that take turns: each owner's requests are one, and each owner's requests of batches another.

A lane has one turn in each round, from the round after the one that is served on, and uses its turns in the order of
its requests' arrival. Tasks join out of order by seconds when Lambda throttles, so the turn of a request is computed
anew each time, from a histogram of all arrivals whose turns may be left. It is a small item of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from greenroom.flow.pacing.buckets import bucket_of, edges, is_bucket
from greenroom.flow.pacing.paces import TTL, VERSION, Change, Numbers, Paces
from greenroom.flow.pacing.places import JOINED, counts

NOBODYS = "nobody"
"""The lane of all requests without an owner: nobody tells whose they are."""
_BATCH = "batch/"

# The narrowest bucket is one part in so many of a second.
_PARTS = 64
# So many buckets without a turn that is left are kept until they are removed together.
_KEPT = 32
_KEPT_SECONDS = 86_400


def lane_of(owner: str | None, *, batch: bool) -> str:
    """Name the lane of a request."""
    digest = hashlib.sha256(owner.encode()).hexdigest()[:16] if owner else NOBODYS
    return f"{_BATCH}{digest}" if batch else digest


def is_of_batches(lane: str) -> bool:
    return lane.startswith(_BATCH)


@dataclass(frozen=True)
class Ticket:
    """The `order`-th to join a `bucket` of its lane, and the `turn`-th to join the round of its turn.

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
        order, number, turn, *_ = (*map(int, numbers), 0)
        return cls(bucket, order, turn, number)

    def __str__(self) -> str:
        return f"{self.bucket}.{self.order}.{self.number}.{self.turn}"

    def numbered(self, number: int) -> Ticket:
        return replace(self, number=number)


@dataclass(frozen=True)
class Lane:
    """`start`: the round before that of the first arrival in `arrivals`, which has how many arrived, by bucket."""

    version: int
    start: int
    arrivals: Mapping[str, int]

    @classmethod
    def of(cls, numbers: Numbers) -> Lane | None:
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

    def renewed(self, bucket: str, served: int, weight: int = 1) -> Lane | None:
        """The lane with so many more in the bucket and its next turn after `served`; None if nothing else is to do.

        That is so unless the lane is new, or the arrivals whose turns are gone are all of it, or many.
        """
        spent = self._spent(served) - {bucket}
        if self.version and self.last >= served and len(spent) < _KEPT:
            return None
        left = {other: count for other, count in self.arrivals.items() if other not in spent}
        start = max(self.last, served) - sum(left.values())
        return Lane(self.version + 1, start, left | {bucket: left.get(bucket, 0) + weight})

    def change(self, renewed: Lane, arrival: Mapping[str, int], now: float) -> Change:
        put = {"start": renewed.start, TTL: int(now) + _KEPT_SECONDS}
        spent = [JOINED + bucket for bucket in self.arrivals if bucket not in renewed.arrivals]
        return Change(self.version, put, arrival, spent)

    def _spent(self, served: int) -> set[str]:
        """The buckets without a turn that is left: all before the round that is served."""
        spent, last = set(), self.start
        for bucket in sorted(self.arrivals, key=edges):
            last += self.arrivals[bucket]
            if last >= served:
                break
            spent.add(bucket)
        return spent


class Lanes:
    """The lanes of one pace, by its name and its beginning: with each pace, rounds are counted anew."""

    def __init__(self, paces: Paces, name: str, begun: float) -> None:
        self._paces = paces
        self._prefix = f"lanes/{name}/{begun:.3f}"

    def join(self, lane: str, arrived: float, served: int, now: float, weight: int = 1) -> tuple[Lane, str, int]:
        """Count an arrival for so many; return the lane, the bucket, and its order in it. Raises PaceUnavailable."""
        name = f"{self._prefix}/{lane}"
        before = Lane.of(self._paces.read(name, consistent=False)) or Lane(0, served, {})
        bucket = before.bucket(arrived, served)
        if not weight:
            return before, bucket, before.arrivals.get(bucket, 0) + 1
        renewed, arrival = before.renewed(bucket, served, weight), {JOINED + bucket: weight}
        if renewed and self._paces.change(name, before.change(renewed, arrival, now)):
            joined = renewed
        else:
            joined = Lane.of(self._paces.add(name, arrival)) or before
        return joined, bucket, max(0, joined.arrivals.get(bucket, 0) + 1 - weight)

    def round_of(self, lane: str, ticket: Ticket) -> int:
        """Give the round of a turn: a later one than before, if others of the lane arrived earlier and joined later."""
        found = Lane.of(self._paces.read(f"{self._prefix}/{lane}", consistent=True))
        return found.round_of(ticket.bucket, ticket.order) if found else 0

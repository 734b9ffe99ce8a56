"""The order of those who wait for an operation: a histogram of the waiting over the time of their arrival.

A task that waits keeps a ticket: the bucket of its arrival, and how many had joined that bucket before. Tasks join out
of order by seconds when Lambda throttles, so the buckets are put in order, and within one the first to join is first.
Buckets are narrow while the arrivals are close together and wider as they spread, so that they stay few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from greenroom.flow.pacing.paces import Numbers

JOINED, GONE = "j:", "g:"

# The narrowest bucket is one part in so many of a second.
_PARTS = 64
# A new bucket is at most one part in so many of the time over which the arrivals spread.
_BUCKETS = 16
# Seconds after the end of an empty bucket until it is removed: a task joins so long after its arrival, seldom later.
_JOINING_SECONDS = 5.0


@dataclass(frozen=True)
class Ticket:
    """The `order`-th to join `bucket`. `number`: which call of all it may make, 0 until that is decided."""

    bucket: str
    order: int
    number: int = 0

    @classmethod
    def of(cls, text: str) -> Ticket | None:
        """Read what `str` wrote; None for anything else."""
        bucket, *counts = text.split(".")
        if len(counts) != 2 or not all(count.isdigit() for count in counts):
            return None
        return cls(bucket, int(counts[0]), int(counts[1])) if _is_bucket(bucket) else None

    def __str__(self) -> str:
        return f"{self.bucket}.{self.order}.{self.number}"

    def numbered(self, number: int) -> Ticket:
        return replace(self, number=number)


@dataclass(frozen=True)
class Places:
    """Per bucket, how many have joined, and how many of them are gone: called, or passed over."""

    joined: Mapping[str, int]
    gone: Mapping[str, int]

    @classmethod
    def of(cls, numbers: Numbers) -> Places:
        return cls(_counts(numbers, JOINED), _counts(numbers, GONE))

    def attributes(self) -> list[str]:
        """Name the numbers that `of` read."""
        return [JOINED + bucket for bucket in self.joined] + [GONE + bucket for bucket in self.gone]

    def waiting(self, bucket: str) -> int:
        return self.joined.get(bucket, 0) - self.gone.get(bucket, 0)

    def all_waiting(self) -> int:
        return sum(self.waiting(bucket) for bucket in self.joined)

    def before(self, ticket: Ticket) -> int:
        """How many wait that are to call before the ticket's holder."""
        start = _edges(ticket.bucket)[0]
        earlier = sum(self.waiting(bucket) for bucket in self.joined if _edges(bucket)[0] < start)
        order = min(ticket.order, self.joined.get(ticket.bucket, 0))
        return max(0, earlier) + max(0, order - 1 - self.gone.get(ticket.bucket, 0))

    def bucket(self, arrived: float) -> str:
        """Name the bucket to join: the one that has the moment of arrival, or a new one that overlaps none."""
        edges = {bucket: _edges(bucket) for bucket in self.joined}
        for bucket, (start, end) in edges.items():
            if start <= arrived < end:
                return bucket
        spread = max((abs(arrived - start) for start, _ in edges.values()), default=0.0)
        doublings = math.ceil(math.log2(max(1.0, spread * _PARTS / _BUCKETS)))
        while doublings and any(_overlap(_edges(_name(arrived, doublings)), other) for other in edges.values()):
            doublings -= 1
        return _name(arrived, doublings)

    def passing(self, turns: int) -> dict[str, int]:
        """Say what to add so that the first so many of the waiting count as gone."""
        added = {}
        for bucket in sorted(self.joined, key=_edges):
            passed = min(turns, max(0, self.waiting(bucket)))
            if passed:
                added[GONE + bucket] = passed
                turns -= passed
        return added

    def spent(self, now: float) -> list[str]:
        """Name the numbers of buckets in which nobody waits and that nobody will join any more."""
        empty = [bucket for bucket in self.joined if self.waiting(bucket) <= 0]
        old = {bucket for bucket in empty if now - _edges(bucket)[1] > _JOINING_SECONDS}
        stray = [bucket for bucket in self.gone if bucket not in self.joined]
        return [JOINED + bucket for bucket in old] + [GONE + b for b in (*old, *stray) if b in self.gone]


def _counts(numbers: Numbers, kind: str) -> dict[str, int]:
    return {name.removeprefix(kind): int(count) for name, count in numbers.items() if name.startswith(kind)}


def _name(moment: float, doublings: int) -> str:
    return f"{int(moment * _PARTS) >> doublings:x}w{doublings}"


def _edges(bucket: str) -> tuple[float, float]:
    """Give its start and its end, in seconds since the epoch."""
    index, _, doublings = bucket.partition("w")
    width = (1 << int(doublings)) / _PARTS
    return int(index, 16) * width, (int(index, 16) + 1) * width


def _is_bucket(text: str) -> bool:
    index, _, doublings = text.partition("w")
    return bool(index) and all(digit in "0123456789abcdef" for digit in index) and doublings.isdigit()


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]

"""How many waits end when, second by second, and what looks at certain times cost them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

# A look is planned to one part in so many of the time waited, at best to the second.
PRECISION = 400


class Distribution:
    """How many waits end when.

    `times`: seconds at which a look may be planned, ascending from 0.
    `ended[i]`: the share of waits that have ended by `times[i]`.
    `total[i]`: the sum of their times, over all waits.
    """

    def __init__(self, edges: Sequence[int], shares: Sequence[float]) -> None:
        """`shares[i]` of all waits end evenly between `edges[i]` and `edges[i + 1]`, the rest later."""
        self.times, parts = [0], [0.0]
        for (start, end), share in zip(pairwise(edges), shares, strict=False):
            step = max(1, start // PRECISION)
            cuts = [*range(start + step, end, step), end]
            rate = share / (end - start)
            parts += [rate * (cut - before) for before, cut in pairwise([start, *cuts])]
            self.times += cuts
        middles = [(start + end) / 2 for start, end in pairwise([0, *self.times])]
        self.ended = list(accumulate(parts))
        self.total = list(accumulate(part * middle for part, middle in zip(parts, middles, strict=True)))

    def by(self, share: float) -> int:
        """Return the first second by which such a share of all waits has ended, or the last of `times`."""
        return self.times[min(bisect_left(self.ended, share), len(self.times) - 1)]

    def left(self, time: int) -> float:
        """Return the share of waits that end after one of `times`."""
        return 1 - self.ended[bisect_left(self.times, time)]

    def delay_and_looks(self, looks: Sequence[int]) -> tuple[float, float]:
        """Return the mean delay in seconds, and the mean number of looks, of waits looked at by these of `times`."""
        delay = count = seen = seen_total = 0.0
        for look in looks:
            at = bisect_left(self.times, look)
            count += 1 - seen
            delay += look * (self.ended[at] - seen) - (self.total[at] - seen_total)
            seen, seen_total = self.ended[at], self.total[at]
        return delay, count

    def delay_and_looks_at_every(self, seconds: int) -> tuple[float, float]:
        """Return the same for looks at 0 and after every so many seconds."""
        delay = count = 0.0
        for time, share in self._parts():
            looks = -(-time // seconds)
            delay += share * (looks * seconds - time)
            count += share * looks
        return delay, 1 + count

    def _parts(self) -> Iterator[tuple[float, float]]:
        pairs = zip(pairwise(self.times), pairwise(self.ended), strict=True)
        for (start, end), (before, after) in pairs:
            yield (start + end) / 2, after - before

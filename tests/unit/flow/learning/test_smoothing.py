"""Over how many cells is smoothed, against counting them one by one."""

from __future__ import annotations

import random

import pytest

from greenroom.flow.learning.density import TAIL_FACTOR, TAIL_PART, _around


@pytest.mark.parametrize("seed", range(20))
def test_each_cell_is_smoothed_over_as_few_neighbours_as_hold_what_is_wanted(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311
    # Sixty-fourths, so that all sums are exact, and some are just what is wanted.
    shares = [source.choice((0, 0, 1, 2, 5)) / 64 for _ in range(24)]
    limits = [source.choice((0, 1, 3, 6, 9)) for _ in shares]
    wanted, total = 0.25, sum(shares)

    def holds(cell: int, around: int) -> bool:
        outside = min(sum(shares[: cell + 1]), sum(shares[cell:]))
        share = min(wanted * total, TAIL_PART * wanted * total + TAIL_FACTOR * outside)
        return sum(shares[max(0, cell - around) : cell + around + 1]) >= share

    expected = [
        next((around for around in range(limit) if holds(cell, around)), limit) for cell, limit in enumerate(limits)
    ]
    # What is in the last cell, which has no end, does not count.
    assert _around([*shares, 0.5], limits, wanted) == expected

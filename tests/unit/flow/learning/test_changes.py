"""How much is left of what was seen before a change."""

from __future__ import annotations

import random

import pytest

from greenroom.flow.learning import Observation
from greenroom.flow.learning.cells import Cells
from greenroom.flow.learning.changes import weights
from greenroom.flow.learning.density import rough_density


def weighed(*medians: float) -> list[float]:
    """The weights of observations whose waits ended around these times, a hundred at each."""
    source = random.Random(1)  # noqa: S311
    ends = [int(median * source.lognormvariate(0, 0.2)) for median in medians for _ in range(100)]
    cells = Cells.of([Observation(max(0, end - 2), end + 2) for end in ends])
    return weights(cells, rough_density(cells))


@pytest.mark.parametrize("medians", [(20, 60), (60, 8), (20, 600)])
def test_what_was_seen_before_a_change_counts_as_one_observation(medians: tuple[float, float]) -> None:
    counted = weighed(*medians)
    assert sum(counted[:95]) < 2
    assert sum(counted[105:]) > 90


def test_without_a_change_nothing_is_forgotten() -> None:
    assert sum(weighed(20, 20, 20)) > 270


def test_of_two_changes_the_later_one_counts() -> None:
    counted = weighed(20, 60, 20)
    assert sum(counted[:195]) < 3
    assert sum(counted[205:]) > 90


def test_one_stream_that_is_different_changes_nothing() -> None:
    seen = [Observation(20, 24)] * 100 + [Observation(200, 220)] + [Observation(20, 24)] * 3
    cells = Cells.of(seen)
    assert sum(weights(cells, rough_density(cells))) > 90

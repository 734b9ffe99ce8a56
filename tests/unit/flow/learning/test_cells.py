"""Cells are fine where most waits end."""

from __future__ import annotations

from greenroom.flow.learning import Observation
from greenroom.flow.learning.cells import Cells


def test_of_a_hundred_and_one_waits_five_at_either_end_are_no_part_of_the_spread() -> None:
    # From 1,550 s to 2,450 s, so cells are fine from 900 s before that on.
    cells = Cells.of([Observation(0, 1500 + 10 * number) for number in range(101)])
    assert 650 in cells.edges


def test_of_waits_that_are_all_alike_the_spread_is_a_second() -> None:
    cells = Cells.of([Observation(0, 1000)] * 5)
    assert [edge for edge in cells.edges if 999 <= edge < 1010] == [999, 1000, 1001, 1002]

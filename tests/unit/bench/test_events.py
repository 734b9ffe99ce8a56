"""A burst by event: none is lost, and the documentation has how long it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.events import BURSTS, REGIONS, by_the_queue, table

PAGE = Path(__file__).parents[3] / "docs" / "requests.md"


@pytest.mark.parametrize("bucket", REGIONS.values(), ids=REGIONS)
@pytest.mark.parametrize(("events", "seconds"), BURSTS)
def test_a_burst_by_event_loses_none_and_is_started_about_as_fast_as_step_functions_lets_it(
    events: int, seconds: float, bucket: tuple[float, float]
) -> None:
    figures = by_the_queue(events, seconds, bucket)
    assert (figures.started, figures.lost) == (events, 0)
    capacity, refill = bucket
    assert figures.seconds < 1.1 * (events - capacity) / refill


def test_the_page_has_the_table_that_the_command_prints() -> None:
    assert "\n".join(table()) in PAGE.read_text(encoding="utf-8")

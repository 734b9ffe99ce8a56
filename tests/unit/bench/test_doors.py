"""Few requests through each door of a deployment on virtual time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.doors import Burst, measure
from chaos.synthesis import CHANGES, resources
from simulation.world import Code, loaded


@pytest.fixture(scope="module")
def code() -> Iterator[Code]:
    with loaded(resources(), CHANGES) as code:
        yield code


@pytest.mark.parametrize("door", ["batch", "event"])
def test_whatever_comes_through_a_door_is_ready_and_nobody_else_waits_for_it(code: Code, door: str) -> None:
    figures = measure(code, Burst(door, 4, create_rate=2, get_rate=8, arrival_rate=300, rooms=1, learnt=1))
    assert (figures["requests"], figures["failed"], figures["lost"]) == (4, 0, 0)
    assert figures["ofTheBound"] < 3
    assert figures["othersBesideSeconds"] < figures["othersAloneSeconds"] + 10
    assert set(figures["roomAnswers"]) == {"200"}

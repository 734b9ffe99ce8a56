"""Every expression of the file, as the scenarios meet it, by the reference implementation of JSONata.

sfnx and the emulator share another one, so neither shows what is wrong in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.statemachine.definition import DEFINITION
from tests.statemachine.evaluators import Evaluation, by_the_reference, noted
from tests.statemachine.executions import play
from tests.statemachine.scenarios import SCENARIOS


def expressions(node: Any) -> Iterator[str]:
    if isinstance(node, str) and node.startswith("{%"):
        yield node.removeprefix("{%").removesuffix("%}")
    if isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from expressions(inner)


@pytest.fixture(scope="module")
def evaluated() -> list[Evaluation]:
    with noted() as made:
        for scenario in SCENARIOS.values():
            play(**scenario.answers)
    return list({json.dumps([each.code, each.variables, each.millis]): each for each in made}.values())


def test_the_scenarios_evaluate_every_expression(evaluated: list[Evaluation]) -> None:
    assert set(expressions(DEFINITION)) == {each.code for each in evaluated}


def test_the_reference_comes_to_the_same_values(evaluated: list[Evaluation]) -> None:
    values = by_the_reference(evaluated)
    different = [(each, value) for each, value in zip(evaluated, values, strict=True) if each.value != value]
    assert different == []

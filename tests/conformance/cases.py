"""How a case of the suite is written."""

from __future__ import annotations

from collections.abc import Callable

from tests.conformance.stage import Stage

Case = Callable[[Stage], None]
"""The first line of its docstring is its promise."""

# The first one, and five retries.
ATTEMPTS = 6


def adds_to(cases: dict[str, Case]) -> Callable[[str], Callable[[Case], Case]]:
    """Make a decorator that adds a case by its name."""

    def case(name: str) -> Callable[[Case], Case]:
        def add(case: Case) -> Case:
            cases[name] = case
            return case

        return add

    return case


def assert_told(stage: Stage, text: str) -> None:
    """All that the service says of the case must be in a text."""
    assert [words for words in stage.scene.words if words not in text] == []

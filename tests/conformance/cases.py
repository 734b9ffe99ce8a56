"""How a case of the suite is written."""

from __future__ import annotations

from collections.abc import Callable

from tests.conformance.stage import Run, Stage

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


def assert_silence_was_shown(run: Run) -> None:
    """Since when the service did not answer was in the record while that lasted, and no task failed by it."""
    shown = [record.stream.get("statusMessage", "") for record in run.seen]
    assert any(words.startswith("The service does not answer since ") for words in shown)
    assert not run.execution.errors("EndpointUnreachable")


def assert_told(stage: Stage, text: str) -> None:
    """All that the service says of the case must be in a text."""
    assert [words for words in stage.scene.words if words not in text] == []

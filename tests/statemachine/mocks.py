"""The answers of tasks, in the words of the emulator's mock configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sfnx.testing import Failure

from tests.statemachine.answers import Answer


def mock_config(machine: str, cases: Mapping[str, Mapping[str, Sequence[Answer]]]) -> dict[str, Any]:
    """The content of an `SFN_MOCK_CONFIG` file. Of a case: by state, the answers of all its calls, in order."""
    tests = {case: {state: f"{case}/{state}" for state in answers} for case, answers in cases.items()}
    return {
        "StateMachines": {machine: {"TestCases": tests}},
        "MockedResponses": {
            f"{case}/{state}": {str(call): _mocked(answer) for call, answer in enumerate(given)}
            for case, answers in cases.items()
            for state, given in answers.items()
        },
    }


def _mocked(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Failure):
        return {"Throw": {"Error": answer.error, "Cause": answer.cause}}
    return {"Return": answer}

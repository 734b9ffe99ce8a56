"""The CDK CLI of `node_modules`, run to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.processes import StackError

ROOT = Path(__file__).parent.parent
_LAST_LINES = 15


def run_cdk(verb: str, *arguments: str, cwd: Path, environment: Mapping[str, str], log: Path) -> None:
    """Run `cdk VERB ARGUMENTS` with this environment's Python and Node. StackError shows the end of its log."""
    command = [str(ROOT / "node_modules" / ".bin" / "cdk"), verb, *arguments, "--no-notices", "--ci"]
    variables = os.environ | dict(environment)
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603  # every word is ours
            command, cwd=cwd, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise StackError(f"cdk {verb} failed; its log is {log}, and ends so:\n{tail}")

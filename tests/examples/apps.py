"""The examples that are apps, synthesised as the CDK CLI does it: in their own directory, with their own `cdk.json`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.infra.synthesised import ROOT, Synthesised


def synthesise_example(name: str, output: Path) -> Synthesised:
    """The app's one stack. The security scanner runs with it, and a finding without a reason ends the synthesis."""
    home = ROOT / "examples" / name
    config = json.loads((home / "cdk.json").read_text())
    command = [sys.executable, *shlex.split(config["app"])[1:]]
    environment = os.environ | {"CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": json.dumps(config.get("context", {}))}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    (template,) = output.glob("*.template.json")
    return Synthesised(template.name.partition(".")[0], json.loads(template.read_text()))

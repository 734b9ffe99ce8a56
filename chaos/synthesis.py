"""The template that the worlds are made of: every provider that has a simulator, and otherwise as it comes.

`python -m chaos.synthesis` prints its resources as JSON. It is a process of its own, because the CDK keeps threads and
a process of Node's, and what has threads cannot be forked.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from simulation import template

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".greenroom" / "chaos"
# What differs between the deployments of a run: the second one replaces URLs that have expired.
CHANGES: tuple[dict[str, str], ...] = ({}, {"RENEW_EXPIRED_URLS": "true"})
_BROKER = "https://broker.example:8443"
SETTINGS = {
    "providers": ["nimble", "appstream", "gameliftstreams", "dcv"],
    "dcvBrokerUrl": _BROKER,
    "dcvTokenUrl": f"{_BROKER}/oauth2/token",
}


def resources() -> dict[str, Any]:
    """Return the resources of the template. What was synthesised from the same sources is not synthesised again."""
    kept = KEPT / f"{_digest()}.json"
    if not kept.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        made = kept.with_suffix(f".{os.getpid()}")
        made.write_text(_made(), encoding="utf-8")
        made.replace(kept)
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _digest() -> str:
    """Return what the template depends on: the constructs, the definitions, and the words that they import."""
    found = hashlib.sha256((ROOT / "cdk.json").read_bytes() + Path(template.__file__).read_bytes())
    for folder in ("chaos", "infra", "lambdas", "statemachine"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".json"}:
                found.update(f"{path.relative_to(ROOT)} ".encode() + path.read_bytes())
    return found.hexdigest()[:32]


def _made() -> str:
    path = os.pathsep.join([str(ROOT), *(str(ROOT / name) for name in ("cli", "infra", "lambdas"))])
    made = subprocess.run(
        [sys.executable, "-m", "chaos.synthesis"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(f"the template could not be synthesised:\n{made.stderr}")
    return made.stdout


if __name__ == "__main__":
    json.dump(template.synthesised(SETTINGS)["Resources"], sys.stdout)

"""Every command can be started as the documents say, from the project's root and with nothing on Python's path."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from local.cdk import ROOT

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  # our own commands
        [sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


MODULES = [
    "bench.cold_starts",
    "bench.sizes",
    "local",
    "local.jupyterhub",
    "local.simulator",
    "bench.plots.learned",
    "tools.cli_pictures",
    "tools.dashboard_picture",
    "tools.documents",
    "tools.mutants",
    "tools.package",
    "tools.site",
]
# One process for all: most of what each takes is what they import.
HELP = """
import contextlib, io, json, runpy, sys
shown = {}
for module in sys.argv[1:]:
    sys.argv = [module, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    shown[module] = out.getvalue()
print(json.dumps(shown))
"""


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    found: dict[str, str] = json.loads(run("-c", HELP, *MODULES))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_command_says_how_it_is_used(shown: dict[str, str], module: str) -> None:
    assert f"usage: python -m {module}" in shown[module]


def test_a_command_is_started_from_the_root_with_nothing_on_the_path() -> None:
    assert "usage: python -m local" in run("-m", "local", "--help")


def test_the_benchmark_of_a_stream_can_be_started() -> None:
    run("-c", "import bench.one_stream")

"""Every command can be started as the documents say, from the project's root and with nothing on Python's path."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "module",
    [
        "bench.cold_starts",
        "bench.sizes",
        "local",
        "local.jupyterhub",
        "local.simulator",
        "bench.plots.learned",
        "tools.cli_pictures",
        "tools.command_line",
        "tools.conformance",
        "tools.dashboard_picture",
        "tools.package",
        "tools.roles",
        "tools.schemas",
        "tools.site",
    ],
)
def test_a_command_says_how_it_is_used(module: str) -> None:
    assert f"usage: python -m {module}" in run("-m", module, "--help")


def test_the_benchmark_of_a_stream_can_be_started() -> None:
    run("-c", "import bench.one_stream")

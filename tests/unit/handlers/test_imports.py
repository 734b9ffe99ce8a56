"""A function imports no more than it uses, since each cold start pays for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from greenroom.providers.catalogue import BUILT_IN
from local.cdk import ROOT


def modules_of(module: str, **variables: str) -> set[str]:
    """The modules of Greenroom that a fresh interpreter has once it has imported one."""
    shown = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", f"import sys, {module}; print(*(name for name in sys.modules if 'greenroom' in name))"],
        cwd=ROOT / "lambdas",
        env=os.environ | {"AWS_DEFAULT_REGION": "us-west-2", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(shown.stdout.split())


def within(package: str, modules: set[str]) -> set[str]:
    return {module for module in modules if module == package or module.startswith(f"{package}.")}


def test_the_wiring_imports_no_adapter_before_it_is_asked_for() -> None:
    modules = modules_of("greenroom.bootstrap")
    assert within("greenroom.adapters", modules) == set()
    assert not {module for module in modules if module.endswith(".service")}


def test_a_task_that_looks_at_a_stream_knows_nothing_of_deliveries_and_callers() -> None:
    modules = modules_of("greenroom.handlers.get_stream")
    assert "greenroom.adapters.records_table" in modules
    for unused in ("greenroom.adapters.webhook", "greenroom.delivery", "greenroom.api"):
        assert within(unused, modules) == set()


@pytest.mark.parametrize("handler", ["prepare_session", "create_stream", "get_stream", "connect_stream"])
def test_a_function_loads_as_much_with_all_providers_as_with_one(handler: str) -> None:
    one, of_all = (
        modules_of(f"greenroom.handlers.{handler}", PROVIDERS=providers) for providers in ("nimble", ",".join(BUILT_IN))
    )
    assert one == of_all
    assert {module for module in one if module.endswith(".service")} == {"greenroom.providers.nimble.service"}

"""A function imports no more than it uses, since each cold start pays for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from greenroom.providers.catalogue import BUILT_IN
from local.cdk import ROOT
from simulation.variables import OF_PROVIDERS

# Imports the module, and names those that `import aws_lambda_powertools` alone does not load.
IMPORT = "import sys, aws_lambda_powertools; loaded = set(sys.modules); import {}; print(*set(sys.modules) - loaded)"
WITHOUT_BOTO3 = """
import importlib, pkgutil, sys
sys.modules["boto3"] = None  # importing it is an error now
import greenroom
names = [module.name for module in pkgutil.walk_packages(greenroom.__path__, "greenroom.")]
for name in names:
    importlib.import_module(name)
print(*names)
"""


def output_of(script: str, **variables: str) -> set[str]:
    """The words that a script prints in a fresh interpreter."""
    shown = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", script],
        cwd=ROOT / "lambdas",
        env=os.environ | {"AWS_DEFAULT_REGION": "us-west-2", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(shown.stdout.split())


def modules_of(module: str, **variables: str) -> set[str]:
    """The modules that a fresh interpreter has loaded for one, beside those of Powertools' logger and metrics."""
    return output_of(IMPORT.format(module), **variables)


def within(package: str, modules: set[str]) -> set[str]:
    return {module for module in modules if module == package or module.startswith(f"{package}.")}


def services(modules: set[str]) -> set[str]:
    return {module for module in within("greenroom.providers", modules) if module.endswith(".service")}


def test_the_wiring_imports_no_adapter_before_it_is_asked_for() -> None:
    modules = modules_of("greenroom.bootstrap")
    assert within("greenroom.adapters", modules) == set()
    assert services(modules) == set()


def test_no_module_needs_boto3_which_the_functions_have_not() -> None:
    assert "greenroom.handlers.api" in output_of(WITHOUT_BOTO3)


@pytest.mark.parametrize(
    ("handler", "provider", "loaded"),
    [
        *[("get_stream", provider, f"greenroom.providers.{provider}.service") for provider in BUILT_IN],
        ("announce", "nimble", "greenroom.delivery.outbox"),
    ],
)
def test_the_functions_between_a_ready_stream_and_its_message_load_nothing_heavy(
    handler: str, provider: str, loaded: str
) -> None:
    modules = modules_of(f"greenroom.handlers.{handler}", PROVIDERS=provider, **OF_PROVIDERS)
    assert loaded in modules
    for heavy in ("pydantic", "pydantic_core", "boto3", "rfc8785", "aws_lambda_powertools.utilities"):
        assert within(heavy, modules) == set(), heavy


@pytest.mark.parametrize("unused", ["greenroom.adapters.webhook", "greenroom.delivery", "greenroom.api"])
def test_a_task_that_looks_at_a_stream_knows_nothing_of_deliveries_and_callers(unused: str) -> None:
    modules = modules_of("greenroom.handlers.get_stream")
    assert "greenroom.adapters.records_table" in modules
    assert within(unused, modules) == set()


def test_the_function_that_announces_knows_nothing_of_services_and_of_webhooks() -> None:
    modules = modules_of("greenroom.handlers.announce", PROVIDERS=",".join(BUILT_IN))
    assert services(modules) | within("greenroom.adapters.webhook", modules) == set()


@pytest.mark.parametrize("handler", ["prepare_session", "create_stream", "get_stream"])
def test_a_function_loads_as_much_with_all_providers_as_with_one(handler: str) -> None:
    one, of_all = (
        within("greenroom", modules_of(f"greenroom.handlers.{handler}", PROVIDERS=providers))
        for providers in ("nimble", ",".join(BUILT_IN))
    )
    assert one == of_all
    assert services(one) == {"greenroom.providers.nimble.service"}

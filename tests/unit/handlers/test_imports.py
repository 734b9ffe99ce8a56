"""A function imports no more than it uses, since each cold start pays for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from greenroom.providers.catalogue import BUILT_IN
from local.cdk import ROOT
from simulation.variables import OF_PROVIDERS

# Imports each module with its variables in a fork, and names those that `import aws_lambda_powertools` does not load.
IMPORT = """
import importlib, json, os, sys, aws_lambda_powertools
loaded = set(sys.modules)
for line in sys.stdin:
    module, variables = json.loads(line)
    if not os.fork():
        os.environ |= variables
        importlib.import_module(module)
        print(*set(sys.modules) - loaded, flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{module} cannot be imported")
"""
WITHOUT_BOTO3 = """
import importlib, pkgutil, sys
sys.modules["boto3"] = None  # importing it is an error now
import greenroom
names = [module.name for module in pkgutil.walk_packages(greenroom.__path__, "greenroom.")]
for name in names:
    importlib.import_module(name)
print(*names)
"""


ENVIRONMENT = os.environ | {"AWS_DEFAULT_REGION": "us-west-2"}
ModulesOf = Callable[..., set[str]]


@pytest.fixture(scope="module")
def modules_of() -> Iterator[ModulesOf]:
    """Return the modules that are loaded for one, beside those of Powertools' logger and metrics."""
    with subprocess.Popen(  # noqa: S603  # our own code
        [sys.executable, "-c", IMPORT],
        cwd=ROOT / "lambdas",
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        asked, answered = process.stdin, process.stdout

        @cache
        def modules_of(module: str, **variables: str) -> set[str]:
            asked.write(json.dumps([module, variables]) + "\n")
            asked.flush()
            modules = set(answered.readline().split())
            assert module in modules
            return modules

        yield modules_of


def within(package: str, modules: set[str]) -> set[str]:
    return {module for module in modules if module == package or module.startswith(f"{package}.")}


def services(modules: set[str]) -> set[str]:
    return {module for module in within("greenroom.providers", modules) if module.endswith(".service")}


def test_the_wiring_imports_no_adapter_before_it_is_asked_for(modules_of: ModulesOf) -> None:
    modules = modules_of("greenroom.bootstrap")
    assert within("greenroom.adapters", modules) == set()
    assert services(modules) == set()


def test_no_module_needs_boto3_which_the_functions_have_not() -> None:
    imported = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", WITHOUT_BOTO3],
        cwd=ROOT / "lambdas",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "greenroom.handlers.api" in imported.stdout.split()


@pytest.mark.parametrize(
    ("handler", "provider", "loaded"),
    [
        *[("get_stream", provider, f"greenroom.providers.{provider}.service") for provider in BUILT_IN],
        ("announce", "nimble", "greenroom.delivery.outbox"),
    ],
)
def test_the_functions_between_a_ready_stream_and_its_message_load_nothing_heavy(
    handler: str, provider: str, loaded: str, modules_of: ModulesOf
) -> None:
    modules = modules_of(f"greenroom.handlers.{handler}", PROVIDERS=provider, **OF_PROVIDERS)
    assert loaded in modules
    for heavy in ("pydantic", "pydantic_core", "boto3", "rfc8785", "aws_lambda_powertools.utilities"):
        assert within(heavy, modules) == set(), heavy


@pytest.mark.parametrize("unused", ["greenroom.adapters.webhook", "greenroom.delivery", "greenroom.api"])
def test_a_task_that_looks_at_a_stream_knows_nothing_of_deliveries_and_callers(
    unused: str, modules_of: ModulesOf
) -> None:
    modules = modules_of("greenroom.handlers.get_stream")
    assert "greenroom.adapters.records_table" in modules
    assert within(unused, modules) == set()


def test_the_function_that_announces_knows_nothing_of_services_and_of_webhooks(modules_of: ModulesOf) -> None:
    modules = modules_of("greenroom.handlers.announce", PROVIDERS=",".join(BUILT_IN))
    assert services(modules) | within("greenroom.adapters.webhook", modules) == set()


@pytest.mark.parametrize("handler", ["prepare_session", "create_stream", "get_stream"])
def test_a_function_loads_as_much_with_all_providers_as_with_one(handler: str, modules_of: ModulesOf) -> None:
    one, of_all = (
        within("greenroom", modules_of(f"greenroom.handlers.{handler}", PROVIDERS=providers))
        for providers in ("nimble", ",".join(BUILT_IN))
    )
    assert one == of_all
    assert services(one) == {"greenroom.providers.nimble.service"}

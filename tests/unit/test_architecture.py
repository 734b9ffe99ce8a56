"""The house's own rules: import-linter keeps the contracts of pyproject.toml, and notices when one is broken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lambdas" / "greenroom"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

# The contract that each line breaks, where it is planted.
PLANTED = [
    ("A folder imports only what stands below it", "flow/tasks.py", "import greenroom.delivery.message"),
    ("A folder imports only what stands below it", "delivery/message.py", "import greenroom.api.views"),
    ("No provider knows another", "providers/other/service.py", "import greenroom.providers.nimble.fields"),
    ("Only the wiring makes adapters", "handlers/deliver.py", "import greenroom.adapters.channels"),
    ("Only the wiring makes adapters", "flow/tasks.py", "import greenroom.providers.nimble.service"),
    ("Only the flow speaks to providers", "request/stream_request.py", "import greenroom.providers.port"),
    ("What is decided inside knows no network", "domain/values.py", "import boto3"),
    ("What is decided inside knows no network", "request/callback_hosts.py", "import socket"),
    (
        "The command line knows what may be asked, and nothing of what is done then",
        "../../cli/greenroom_cli/progress.py",
        "import greenroom.flow.estimate",
    ),
    (
        "The constructs import only pure words of the functions",
        "../../infra/greenroom_cdk/functions.py",
        "import greenroom.bootstrap",
    ),
    ("Nothing needs the benchmarks", "../../tools/findings.py", "import bench.prices"),
    ("What runs needs no tools", "../../simulation/waits.py", "import tools.svg"),
]
BESIDE = ("bench", "chaos", "cli", "infra", "local", "simulation", "tools")


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a tree like this repository."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(root / name) for name in ("lambdas", "cli", "infra")),
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }
    return subprocess.run(  # noqa: S603  # our own executable, and no input of anybody
        [LINT_IMPORTS, "--no-cache", "--config", str(root / "pyproject.toml")],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_to(root: Path) -> Path:
    """Copy the package and its contracts, with a second provider. Returns the root."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, root / "lambdas" / "greenroom", ignore=ignore)
    for name in BESIDE:
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    listed = '"greenroom.providers.nimble"'
    contracts = (ROOT / "pyproject.toml").read_text().replace(listed, f'{listed}, "greenroom.providers.other"')
    (root / "pyproject.toml").write_text(contracts)
    other = root / "lambdas" / "greenroom" / "providers" / "other"
    other.mkdir()
    (other / "__init__.py").touch()
    (other / "service.py").touch()
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_to(tmp_path)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy with all the planted lines."""
    copy = copy_to(tmp_path_factory.mktemp("planted"))
    for _, module, line in PLANTED:
        with (copy / "lambdas" / "greenroom" / module).open("a") as file:
            file.write(f"\n{line}\n")
    linted = lint(copy)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    return linted.stdout


def test_the_package_keeps_its_contracts() -> None:
    linted = lint(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in linted.stdout


def test_every_contract_is_shown_to_be_broken_by_something() -> None:
    assert {contract for contract, _, _ in PLANTED} == {contract["name"] for contract in CONTRACTS}


def test_every_provider_is_one_that_knows_no_other() -> None:
    (independent,) = (contract["modules"] for contract in CONTRACTS if contract["type"] == "independence")
    plugs = [path.name for path in (PACKAGE / "providers").iterdir() if (path / "__init__.py").is_file()]
    assert sorted(independent) == sorted(f"greenroom.providers.{plug}" for plug in plugs)


@pytest.mark.parametrize(("contract", "module", "line"), PLANTED)
def test_a_line_that_breaks_a_contract_is_noticed(planted: str, contract: str, module: str, line: str) -> None:
    assert f"{contract} BROKEN" in planted
    _, _, reasons = planted.partition(f"\n{contract}\n{'-' * len(contract)}\n")
    reasons = re.split(r"\n-+\n", reasons)[0]
    _, _, importer = f"greenroom/{module}".removesuffix(".py").rpartition("../")
    shown = f"{importer.removeprefix('infra/').removeprefix('cli/')} -> {line.removeprefix('import ')} ("
    assert shown.replace("/", ".") in reasons


def test_a_module_that_no_folder_is_for_is_noticed(copy: Path) -> None:
    (copy / "lambdas" / "greenroom" / "drawer.py").touch()
    linted = lint(copy)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert "drawer" in linted.stdout


def test_a_second_provider_breaks_nothing(copy: Path) -> None:
    linted = lint(copy)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_of_the_tests_only_those_of_the_benchmarks_need_them() -> None:
    tests = ROOT / "tests"
    others = [path for path in tests.rglob("*.py") if tests / "unit" / "bench" not in path.parents]
    assert [path for path in others if re.search(r"^(from|import) bench\b", path.read_text(), re.MULTILINE)] == []


def test_to_read_a_request_no_sdk_is_loaded() -> None:
    script = """
import sys
from greenroom.request.rules import Rules
from greenroom.request.stream_request import parse_request
request = parse_request({"studioId": "s", "sessionId": "t", "notify": [{"type": "sns"}]}, Rules(("nimble",)))
assert request.digest and request.fields
print(sorted({name.partition(".")[0] for name in sys.modules} & {"boto3", "botocore", "urllib3", "requests"}))
"""
    loaded = subprocess.run(  # noqa: S603  # as above
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "lambdas")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"

"""The parts that are left out of the asset: nothing that a function, or what it imports, can ask for."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec, resolve_name
from pathlib import Path

import pytest

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.asset.build import HOST_PLATFORM, LAMBDAS, ROOT, bundle
from greenroom_cdk.asset.files import LOCK
from greenroom_cdk.asset.pruning import LEFT_OUT, places
from simulation.variables import environment, handlers

ASSETS = ROOT / ".greenroom" / "assets"
# Imports, inside of functions or conditions, of what is left out: by the file, the module, and why we get to none.
UNREACHED = {
    ("dateutil/tz/tz.py", "dateutil.zoneinfo"): "a time zone by its name, which this machine does not know",
    ("pydantic/_internal/_generate_schema.py", "pydantic.v1"): "a type with validators as pydantic 1 had them",
    ("urllib3/__init__.py", "urllib3.contrib.emscripten"): "a browser",
}
# AssertionError, since `except ImportError` would hide that a module is missed.
IMPORT = """
import importlib, pkgutil, sys

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        assert not any(f"{name}.".startswith(f"{module}.") for module in sys.argv[2].split(",")), name

sys.path.insert(0, sys.argv[1])
sys.meta_path.insert(0, LeftOut())
for name in sys.argv[3:]:
    importlib.import_module(name)
"""


@pytest.fixture(scope="module")
def asset() -> Path:
    return bundle(HOST_PLATFORM, ASSETS)


@pytest.fixture(scope="module")
def whole() -> Path:
    """The directory of this machine's packages: the same versions, and nothing is left out."""
    botocore = find_spec("botocore")
    assert botocore
    assert botocore.origin
    return Path(botocore.origin).parents[1]


def modules_left_out(whole: Path) -> set[str]:
    found = [path.relative_to(whole) for path in places(whole) if path.is_dir() or path.suffix == ".py"]
    return {".".join(path.with_suffix("").parts) for path in found}


@pytest.mark.parametrize("pattern", [pattern for left_out in LEFT_OUT.values() for pattern in left_out])
def test_what_is_left_out_is_in_the_package_and_not_in_the_asset(pattern: str, whole: Path, asset: Path) -> None:
    assert list(whole.glob(pattern))
    assert not list(asset.glob(pattern))


@pytest.mark.parametrize("handler", handlers())
def test_a_handler_is_imported_from_the_asset_alone_and_asks_for_nothing_that_is_left_out(
    handler: str, asset: Path, whole: Path
) -> None:
    _import(asset, modules_left_out(whole), f"greenroom.handlers.{handler}")


def test_every_module_of_ours_is_imported_and_asks_for_nothing_that_is_left_out(asset: Path, whole: Path) -> None:
    sources = [path.relative_to(LAMBDAS).with_suffix("") for path in sorted((LAMBDAS / "greenroom").rglob("*.py"))]
    _import(asset, modules_left_out(whole), *(".".join(path.parts).removesuffix(".__init__") for path in sources))


def test_what_stays_names_what_is_left_out_in_few_places_that_we_do_not_get_to(asset: Path, whole: Path) -> None:
    left_out, gone = modules_left_out(whole), tuple(map(str, places(whole)))
    packages = [whole / path.name for path in asset.iterdir() if (path / "__init__.pyc").is_file()]
    named = {
        (str(source.relative_to(whole)), module)
        for package in packages
        for source in package.rglob("*.py")
        if not str(source).startswith(gone)
        for name in _imports(source, whole)
        for module in left_out
        if f"{name}.".startswith(f"{module}.")
    }
    assert named == UNREACHED.keys()


def test_a_package_that_the_lock_of_an_addition_names_is_whole(tmp_path: Path) -> None:
    desks = tmp_path / "desks"
    desks.mkdir()
    shutil.copyfile(LAMBDAS / LOCK, desks / LOCK)
    asset = bundle(HOST_PLATFORM, tmp_path / "assets", {"desks": desks})
    missed = [pattern for left_out in LEFT_OUT.values() for pattern in left_out if not list(asset.glob(pattern))]
    assert missed == []


def _import(asset: Path, left_out: set[str], *modules: str) -> None:
    variables = environment() | {"PROVIDERS": ",".join(BUILT_IN), "HOME": os.devnull}
    command = [sys.executable, "-I", "-S", "-B", "-c", IMPORT, str(asset), ",".join(left_out), *modules]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    assert done.returncode == 0, done.stderr


def _imports(source: Path, root: Path) -> Iterator[str]:
    """The modules, and what may be modules, that a file imports when it runs, by their full names."""
    package = ".".join(source.relative_to(root).parent.parts)
    for node in _run(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, save for what only a type checker reads."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        children: list[ast.AST] = [*node.orelse]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _run(child)

"""How big it is: the code, and the asset that every function runs. `python -m bench.sizes [CHECKOUT]` prints the code.

Another checkout's path compares two: it is only read.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.asset.build import LAMBDA_PLATFORM, ROOT, bundle

# What counts as code, by top-level folder; the definition of the flow is JSON.
SUFFIXES = {
    "bench": "py",
    "cli": "py",
    "examples": "py",
    "infra": "py",
    "lambdas": "py",
    "local": "py",
    "statemachine": "json",
    "tests": "py",
    "tools": "py",
}


def lines_of_code(root: Path = ROOT) -> dict[str, int]:
    """Lines that are neither empty nor only a comment, of each top-level folder."""
    return {folder: sum(map(_lines, (root / folder).rglob(f"*.{suffix}"))) for folder, suffix in SUFFIXES.items()}


def modules_and_functions(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The median and the longest of each top-level folder of Python, in lines of the file; empty modules left out."""
    shapes = {folder: _shape(root, folder) for folder, suffix in SUFFIXES.items() if suffix == "py"}
    return {folder: shape for folder, shape in shapes.items() if shape}


def providers(root: Path = ROOT) -> dict[str, dict[str, int]]:
    """Lines of code of each provider: its plug, the service.py in it, its infrastructure, its local endpoint."""
    return {
        name: {
            "plug": _folder(root / "lambdas/greenroom/providers" / name),
            "service": _lines(root / "lambdas/greenroom/providers" / name / "service.py"),
            "infra": _lines(root / "infra/greenroom_cdk/providers" / f"{name}.py"),
            "endpoint": _folder(root / "local/simulator" / name) or _folder(root / "local" / name),
        }
        for name in BUILT_IN
        if (root / "infra/greenroom_cdk/providers" / f"{name}.py").exists()
    }


def asset_bytes() -> int:
    """The size of the asset as Lambda unzips it; its limit is 250 MB."""
    asset = bundle(LAMBDA_PLATFORM, ROOT / ".greenroom" / "assets")
    return sum(path.stat().st_size for path in asset.rglob("*") if path.is_file())


def _folder(path: Path) -> int:
    return sum(map(_lines, path.rglob("*.py")))


def _lines(path: Path) -> int:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def _shape(root: Path, folder: str) -> dict[str, Any]:
    texts = {path.relative_to(root): path.read_text(encoding="utf-8") for path in (root / folder).rglob("*.py")}
    modules = [(len(text.splitlines()), str(path)) for path, text in texts.items() if text]
    functions = [(lines, f"{path}: {name}") for path, text in texts.items() for name, lines in _functions(text)]
    if not modules or not functions:
        return {}
    return {
        "modules": len(modules),
        "medianModule": median(lines for lines, _ in modules),
        "longestModule": dict(zip(("lines", "name"), max(modules), strict=True)),
        "functions": len(functions),
        "medianFunction": median(lines for lines, _ in functions),
        "longestFunction": dict(zip(("lines", "name"), max(functions), strict=True)),
    }


def _functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, those inside another one too; decorators are not counted."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.name, node.end_lineno - node.lineno + 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sizes", description="The size of the code, by folder")
    parser.add_argument("checkout", nargs="?", type=Path, default=ROOT, help="default: this one")
    root = parser.parse_args().checkout
    shapes = modules_and_functions(root)
    print(
        f"{'':14}{'lines of code':>14}{'modules':>9}{'median':>8}{'longest':>9}{'functions':>11}{'median':>8}", end=""
    )
    print(f"{'longest':>9}")
    for folder, lines in lines_of_code(root).items():
        row = f"{folder:14}{lines:14}"
        if shape := shapes.get(folder):
            longest_module, longest_function = shape["longestModule"], shape["longestFunction"]
            row += f"{shape['modules']:9}{shape['medianModule']:8.0f}{longest_module['lines']:9}"
            row += f"{shape['functions']:11}{shape['medianFunction']:8.0f}{longest_function['lines']:9}"
            row += f"  {longest_module['name']}; {longest_function['name']}"
        print(row)
    print(f"\n{'provider':16}{'plug':>6}{'service.py':>12}{'infra':>7}{'local endpoint':>16}   (lines of code)")
    for name, lines_of in providers(root).items():
        plug, service, infra, endpoint = lines_of.values()
        print(f"{name:16}{plug:6}{service:12}{infra:7}{endpoint:16}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

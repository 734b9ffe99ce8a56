"""The guide and the example are one text: what someone makes who follows the guide is what runs in these tests."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from greenroom.domain.errors import ProviderError
from greenroom.providers.port import StreamProvider
from greenroom_cdk.settings.own_provider import PARTS
from tests.conformance.suite import CASES
from tests.support.own_package import ACME, ROOT

if TYPE_CHECKING:
    from examples.own_provider.acme.fields import AcmeFields
    from examples.own_provider.acme.service import Acme

    def plugged(acme: Acme) -> StreamProvider[AcmeFields]:
        """The example is the port, by the type checker."""
        return acme


GUIDE = (ROOT / "docs" / "add-a-provider.md").read_text(encoding="utf-8")
README = (ACME.parent / "README.md").read_text(encoding="utf-8")
# ```python title="acme/fields.py"
BLOCK = re.compile(r'^```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
MOVED = "## Make it a part of Greenroom"


def files_of_the_guide() -> dict[str, str]:
    return {block["path"]: block["text"] for block in BLOCK.finditer(GUIDE)}


def test_the_example_is_what_the_guide_says_word_for_word() -> None:
    files = [path for path in ACME.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    example = {str(path.relative_to(ACME.parent)): path.read_text(encoding="utf-8") for path in files}
    assert files_of_the_guide() == example


def test_the_guide_shows_each_file_once() -> None:
    assert len(list(BLOCK.finditer(GUIDE))) == len(files_of_the_guide())


def test_it_shows_every_part_that_a_provider_must_have() -> None:
    assert {f"acme/{part}" for part in PARTS} <= files_of_the_guide().keys()


@pytest.mark.parametrize("call", ["prepare", "create", "describe", "connect", "release"])
def test_it_says_what_each_call_of_the_port_promises(call: str) -> None:
    assert hasattr(StreamProvider, call)
    assert re.search(rf"^\| `{call}\(", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("name", ["endpoint", "settles_in", "starting()", "forgotten"])
def test_it_says_what_else_belongs_to_the_port(name: str) -> None:
    assert f"`{name}`" in GUIDE


def test_it_says_what_each_error_means() -> None:
    named = set(re.findall(r"^\| `(\w+)(?:\([^`]*\))?` \|", GUIDE, re.MULTILINE))
    assert {error.__name__ for error in ProviderError.__subclasses__() if not error.__name__.startswith("_")} <= named
    assert {"CapacityUnavailable", "ServiceRefused", "ServiceFailed"} <= named


def test_it_names_the_contract_of_imports_by_its_name() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    for name in re.findall(r'contract "([^"]+)"', GUIDE):
        assert name in {contract["name"] for contract in contracts}
    assert 'contract "No provider knows another"' in GUIDE


def test_it_says_how_many_cases_there_are() -> None:
    assert f"{len(CASES)} cases" in GUIDE


@pytest.mark.parametrize("text", [GUIDE, README], ids=["guide", "readme"])
def test_the_paths_that_they_name_are_there(text: str) -> None:
    """Those of the last part are where things are moved to."""
    named = set(re.findall(r"`((?:tests|infra|lambdas|examples|local|docs)/[\w./-]+)`", text.partition(MOVED)[0]))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []

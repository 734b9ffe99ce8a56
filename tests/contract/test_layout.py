"""The house rule of the simulators: the core knows no service, and no service another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import local.simulator
from local.simulator import SERVICES, serve

HOME = Path(local.simulator.__file__).parent
MAY_IMPORT = {"core": {"core"}, "aws": {"core", "aws"}} | {name: {"core", "aws", name} for name in SERVICES}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_is_below_it(folder: str) -> None:
    sources = list((HOME / folder).rglob("*.py"))
    assert sources
    for source in sources:
        imported = set(re.findall(r"(?:from|import) local\.simulator\.(\w+)", source.read_text()))
        assert imported <= MAY_IMPORT[folder], source


def test_every_folder_is_accounted_for() -> None:
    assert {path.parent.name for path in HOME.glob("*/__init__.py")} == set(MAY_IMPORT)


def test_a_service_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"workspaces; there are nimble, appstream, gameliftstreams, dcv"):
        serve("workspaces")

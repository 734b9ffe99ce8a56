"""The errors: one tree, in one module, by the names that the state machine uses."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import greenroom
from greenroom.domain import errors
from greenroom.domain.errors import DeliveryFailed, FieldError, GreenroomError, InvalidRequest

ASL = Path(__file__).parents[3] / "statemachine" / "stream.asl.json"
NOT_OURS = ("States.", "Lambda.", "Sandbox.", "DynamoDB.")


def caught_names(state_machine: Any) -> Iterator[str]:
    """Yield every error name of every Retry and Catch, however deep."""
    if isinstance(state_machine, dict):
        yield from state_machine.get("ErrorEquals", ())
    children = state_machine.values() if isinstance(state_machine, dict) else state_machine
    for child in children:
        if isinstance(child, dict | list):
            yield from caught_names(child)


def real_tree(root: type[Exception], parent: str = "GreenroomError") -> dict[str, str]:
    """Return the parent of every error below the root; a private base, which nobody catches, is passed over."""
    found: dict[str, str] = {}
    for child in root.__subclasses__():
        name = child.__name__
        found |= real_tree(child, parent) if name.startswith("_") else {name: parent} | real_tree(child, name)
    return found


def drawn_tree(docstring: str) -> dict[str, str]:
    """Read `├── Name   what it is` lines; every four characters of drawing are a level."""
    parents = ["GreenroomError"]
    found: dict[str, str] = {}
    for drawing, name in re.findall(r"^([│ ]*[├└]── )(\w+)", docstring, re.MULTILINE):
        level = len(drawing) // 4
        parents[level:] = [name]
        found[name] = parents[level - 1]
    return found


def with_every_module_imported() -> None:
    for module in pkgutil.walk_packages(greenroom.__path__, "greenroom."):
        importlib.import_module(module.name)


CAUGHT = sorted({name for name in caught_names(json.loads(ASL.read_text())) if not name.startswith(NOT_OURS)})


@pytest.mark.parametrize("name", CAUGHT)
def test_every_error_that_the_state_machine_names_exists(name: str) -> None:
    assert issubclass(getattr(errors, name), GreenroomError)


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    with_every_module_imported()
    assert drawn_tree(errors.__doc__ or "") == real_tree(GreenroomError)


def test_every_error_of_the_tree_is_in_the_one_module() -> None:
    with_every_module_imported()
    elsewhere = [name for name in real_tree(GreenroomError) if not hasattr(errors, name)]
    assert elsewhere == []


def test_an_invalid_request_names_every_field() -> None:
    error = InvalidRequest([FieldError("studioId", "is required"), FieldError("notify[0].url", "is required")])
    assert str(error) == "studioId: is required; notify[0].url: is required"
    assert error.as_dicts()[1] == {"field": "notify[0].url", "detail": "is required"}


def test_a_failed_delivery_may_know_when_to_try_again() -> None:
    assert DeliveryFailed("busy").retry_after is None
    assert DeliveryFailed("busy", 3).retry_after == 3

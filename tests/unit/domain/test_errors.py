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
from greenroom.domain.errors import (
    ERRORS_IN_TEXT,
    MAX_ERRORS,
    DeliveryFailed,
    FieldError,
    GreenroomError,
    InvalidRequest,
)

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


def many_errors(count: int) -> Iterator[FieldError]:
    return (FieldError(f"metadata.{'k' * 4000}[{number}]", "must be right " * 500) for number in range(count))


def test_a_request_that_breaks_many_rules_names_the_first_and_counts_the_others() -> None:
    error = InvalidRequest(FieldError(f"f{number}", "is wrong") for number in range(7000))
    assert [each.field for each in error.errors] == [f"f{number}" for number in range(MAX_ERRORS)]
    named = [f"f{number}: is wrong" for number in range(ERRORS_IN_TEXT)]
    assert str(error).split("; ") == [*named, f"and {7000 - ERRORS_IN_TEXT} more"]


def test_a_few_errors_are_named_whole() -> None:
    error = InvalidRequest(FieldError(f"f{number}", "is wrong") for number in range(ERRORS_IN_TEXT))
    assert "more" not in str(error)


@pytest.mark.parametrize("count", [1, 100, 5000])
def test_a_refusal_fits_wherever_it_is_told_whatever_its_size(count: int) -> None:
    """The cause of an execution has 32,768 characters, in which Lambda wraps the text as JSON."""
    error = InvalidRequest(many_errors(count))
    assert len(json.dumps({"errorMessage": str(error), "errorType": "InvalidRequest"})) < 32_768
    assert len(json.dumps(error.as_dicts())) < 64 * 1024
    assert error.errors[0].field.endswith("…")


def test_what_is_told_is_of_whole_characters() -> None:
    error = InvalidRequest([FieldError("metadata.\ud800", "is not a field \udfff")])
    assert str(error).encode()
    assert error.errors[0].field == "metadata.?"


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

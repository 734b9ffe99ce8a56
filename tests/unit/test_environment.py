"""The environment of the functions."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import pytest

from greenroom.environment import Environment, flag, names, variables
from local.cdk import ROOT


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("", set()),
        (" , ,", set()),
        ("a", {"a"}),
        ("a,b", {"a", "b"}),
        (" a , b,a ", {"a", "b"}),
        ("arn:aws:iam::1:user/*, arn:aws:iam::2:root", {"arn:aws:iam::1:user/*", "arn:aws:iam::2:root"}),
    ],
)
def test_names_are_parted_by_commas(listed: str, found: set[str]) -> None:
    assert names(listed) == found


@pytest.mark.parametrize(("text", "found"), [("true", True), ("false", False), ("", False), ("True", False)])
def test_a_flag_is_up_by_one_word(text: str, *, found: bool) -> None:
    assert flag(text) is found


def test_variables_are_written_as_a_function_reads_them() -> None:
    written = variables(records_table="records", look_cost_seconds="0.25")
    assert written == {"RECORDS_TABLE": "records", "LOOK_COST_SECONDS": "0.25"}
    read = Environment.of({**written, "PATH": "/usr/bin"})
    assert read == Environment(records_table="records", look_cost_seconds="0.25")


def test_a_variable_that_no_function_reads_is_not_written() -> None:
    with pytest.raises(KeyError, match="Environment has no colour, request_table"):
        variables(records_table="records", request_table="requests", colour="red")


def test_every_variable_comes_from_the_environment_as_text() -> None:
    given = {field.name.upper(): f"the {field.name}" for field in fields(Environment)}
    read = Environment.of(given)
    assert {getattr(read, field.name) for field in fields(Environment)} == set(given.values())


def test_a_function_has_the_environment_of_its_process() -> None:
    script = (
        "from greenroom.environment import environment; print(environment().records_table, environment().providers)"
    )
    shown = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", script],
        cwd=ROOT / "lambdas",
        env={"RECORDS_TABLE": "records"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["records", "nimble"]

"""The environment of the functions."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import pytest

from greenroom.environment import Environment, variables
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
    assert Environment.of({"ADMINISTRATORS": listed}).administrators == found


def test_providers_keep_their_order() -> None:
    assert Environment.of({"PROVIDERS": "nimble,dcv"}).providers == ("nimble", "dcv")


@pytest.mark.parametrize(("text", "found"), [("true", True), ("false", False), ("", False), ("True", False)])
def test_a_flag_is_up_by_one_word(text: str, *, found: bool) -> None:
    assert Environment.of({"CLAIM_BY_DEFAULT": text}).claim_by_default is found


@pytest.mark.parametrize(("text", "found"), [("", None), ("20", 20)])
def test_a_limit_may_be_none(text: str, found: int | None) -> None:
    assert Environment.of({"MAX_PENDING_REQUESTS": text}).max_pending_requests == found


def test_variables_are_written_as_a_function_reads_them() -> None:
    written = variables(records_table="records", look_cost_seconds="0.25")
    assert written == {"RECORDS_TABLE": "records", "LOOK_COST_SECONDS": "0.25"}
    read = Environment.of({**written, "PATH": "/usr/bin"})
    assert read == Environment(records_table="records", look_cost_seconds=0.25)


def test_a_variable_that_no_function_reads_is_not_written() -> None:
    with pytest.raises(KeyError, match="Environment has no colour, request_table"):
        variables(records_table="records", request_table="requests", colour="red")


def test_every_variable_of_text_comes_from_the_environment() -> None:
    texts = [field.name for field in fields(Environment) if field.type == "str"]
    read = Environment.of({name.upper(): f"the {name}" for name in texts})
    assert {getattr(read, name) for name in texts} == {f"the {name}" for name in texts}


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
    assert shown.stdout.split() == ["records", "()"]

"""The rules of `statemachine/stream.asl.json` as it stands, without running it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template
from aws_cdk.aws_lambda import Code

from infra.settings import Settings
from infra.stack import GreenroomStack
from tests.statemachine.definition import DEFINITION, STATES, TASKS, TEXT, reachable_from, successors

HANDLERS = Path(__file__).parents[2] / "lambdas" / "greenroom" / "handlers"
TERMINALS = {"Done", "Fail"}
LONGEST_LINE = 160


def _snake_case(state: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()


def _without_comments_and_errors(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if key not in {"Comment", "ErrorEquals"}}
        return {key: _without_comments_and_errors(value) for key, value in kept.items()}
    return [_without_comments_and_errors(item) for item in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = GreenroomStack(App(), settings=Settings(), code=Code.from_asset(str(HANDLERS)))
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def test_each_task_calls_what_has_its_own_name() -> None:
    assert {state: STATES[state]["Resource"] for state in TASKS} == {state: f"${{{state}}}" for state in TASKS}


def test_placeholders_are_whole_quoted_strings() -> None:
    assert TEXT.count("${") == len(re.findall(r'"\$\{\w+\}"', TEXT)) == len(TASKS)


def test_the_deployment_puts_the_function_with_the_name_of_the_state_in_each_placeholder(
    template: dict[str, Any],
) -> None:
    (machine,) = (item for item in template.values() if item["Type"] == "AWS::StepFunctions::StateMachine")
    handlers = {
        state: template[arn["Fn::GetAtt"][0]]["Properties"]["Handler"]
        for state, arn in machine["Properties"]["DefinitionSubstitutions"].items()
    }
    assert handlers == {state: f"greenroom.handlers.{_snake_case(state)}.handler" for state in TASKS}
    assert json.loads(machine["Properties"]["DefinitionString"]) == DEFINITION


@pytest.mark.parametrize("state", TASKS)
def test_each_task_has_a_handler_file_of_its_name(state: str) -> None:
    assert (HANDLERS / f"{_snake_case(state)}.py").is_file()


def test_every_state_is_reachable() -> None:
    assert reachable_from(DEFINITION["StartAt"]) == set(STATES)


def test_done_and_fail_are_the_only_ends() -> None:
    assert {name for name, state in STATES.items() if not set(successors(state))} == TERMINALS
    assert (STATES["Done"]["Type"], STATES["Fail"]["Type"]) == ("Succeed", "Fail")
    assert "End" not in {key for state in STATES.values() for key in state}


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_come_to_an_end(state: str) -> None:
    assert reachable_from(state) & TERMINALS


def test_every_choice_has_a_way_on_when_nothing_matches() -> None:
    assert all("Default" in state for state in STATES.values() if state["Type"] == "Choice")


def test_no_line_is_too_long_to_be_read() -> None:
    assert [number for number, line in enumerate(TEXT.splitlines(), 1) if len(line) > LONGEST_LINE] == []


def test_only_comments_and_the_names_of_errors_speak_of_a_service_or_of_urls() -> None:
    said = json.dumps(_without_comments_and_errors(DEFINITION)).lower()
    assert [word for word in ("nimble", "url", "http") if word in said] == []

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

from greenroom_cdk.settings import Settings
from greenroom_cdk.stack import GreenroomStack
from tests.statemachine.definition import DEFINITION, FUNCTIONS, STATES, TASKS, TEXT, is_end, reachable_from

HANDLERS = Path(__file__).parents[2] / "lambdas" / "greenroom" / "handlers"
TABLE, UPDATE_ITEM = "Records", "UpdateItem"
LONGEST_LINE = 160


def _snake_case(state: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()


def _without_comments_and_errors(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if key not in {"Comment", "Error", "ErrorEquals"}}
        return {key: _without_comments_and_errors(value) for key, value in kept.items()}
    return [_without_comments_and_errors(item) for item in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = GreenroomStack(App(), settings=Settings(), code=Code.from_asset(str(HANDLERS)))
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


@pytest.fixture(scope="module")
def machine(template: dict[str, Any]) -> dict[str, Any]:
    machines = [item["Properties"] for item in template.values() if item["Type"] == "AWS::StepFunctions::StateMachine"]
    (found,) = (item for item in machines if item.get("StateMachineName") == "Greenroom")
    properties: dict[str, Any] = found
    return properties


def test_each_task_but_one_calls_the_function_with_its_own_name() -> None:
    assert {task: STATES[task]["Resource"] for task in TASKS} == {
        **{task: f"${{{task}}}" for task in FUNCTIONS},
        "RecordReady": "arn:aws:states:::dynamodb:updateItem",
    }


def test_placeholders_are_whole_quoted_strings() -> None:
    placeholders = re.findall(r'"\$\{(\w+)\}"', TEXT)
    assert TEXT.count("${") == len(placeholders)
    assert sorted(placeholders) == sorted([*FUNCTIONS, TABLE])


def test_the_deployment_puts_function_and_table_in_the_placeholders_of_their_names(
    template: dict[str, Any], machine: dict[str, Any]
) -> None:
    substitutions = dict(machine["DefinitionSubstitutions"])
    table = template[substitutions.pop(TABLE)["Ref"]]
    partition = {"Ref": "AWS::Partition"}
    assert substitutions.pop(UPDATE_ITEM) == {"Fn::Join": ["", ["arn:", partition, ":states:::dynamodb:updateItem"]]}
    assert table["Type"] == "AWS::DynamoDB::Table"
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    handlers = {state: template[arn["Fn::GetAtt"][0]]["Properties"]["Handler"] for state, arn in substitutions.items()}
    assert handlers == {state: f"greenroom.handlers.{_snake_case(state)}.handler" for state in FUNCTIONS}


def test_what_is_deployed_is_the_file_in_the_partition_of_the_deployment(machine: dict[str, Any]) -> None:
    text: str = machine["DefinitionString"]
    assert text != TEXT
    assert json.loads(text.replace(f"${{{UPDATE_ITEM}}}", "arn:aws:states:::dynamodb:updateItem")) == DEFINITION


@pytest.mark.parametrize("state", FUNCTIONS)
def test_each_function_has_a_handler_file_of_its_name(state: str) -> None:
    assert (HANDLERS / f"{_snake_case(state)}.py").is_file()


def test_every_state_is_reachable() -> None:
    assert reachable_from(DEFINITION["StartAt"]) == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_come_to_an_end(state: str) -> None:
    assert any(is_end(STATES[name]) for name in reachable_from(state))


def test_a_flow_succeeds_only_where_the_request_has_its_outcome() -> None:
    ends = {name for name, state in STATES.items() if is_end(state)}
    assert ends == {"RecordReady", "EndedAlready", "Fail"}
    assert STATES["Fail"]["Type"] == "Fail"


def test_every_choice_has_a_way_on_when_nothing_matches() -> None:
    assert all("Default" in state for state in STATES.values() if state["Type"] == "Choice")


def test_no_line_is_too_long_to_be_read() -> None:
    assert [number for number, line in enumerate(TEXT.splitlines(), 1) if len(line) > LONGEST_LINE] == []


def test_only_comments_and_the_names_of_errors_speak_of_a_service_or_of_urls() -> None:
    said = json.dumps(_without_comments_and_errors(DEFINITION)).lower()
    assert [word for word in ("nimble", "url", "http") if word in said] == []

"""Two deployments live side by side in one account and region: no name is the same in both."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom_cdk.settings import Settings
from tests.infra.physical_names import physical_names
from tests.infra.synthesised import Synthesised, synthesise


@pytest.fixture(scope="module")
def second(code: Path) -> Synthesised:
    return synthesise(code, Settings(stack_name="Greenroom-two"))


def test_what_has_a_name_of_its_own_has_the_stack_s_name_in_it(stack: Synthesised, second: Synthesised) -> None:
    given = {(kind, value) for kind, _, value in physical_names(stack) if isinstance(value, str)}
    others = {(kind, value) for kind, _, value in physical_names(second) if isinstance(value, str)}
    assert {kind for kind, _ in given} == {
        "AWS::ApiGateway::RestApi",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::EventBus",
        "AWS::Logs::LogGroup",
        "AWS::Logs::QueryDefinition",
        "AWS::StepFunctions::StateMachine",
    }
    assert given & others == set()


def test_a_name_that_is_known_only_in_deployment_is_made_of_an_id(stack: Synthesised) -> None:
    made = [(kind, name) for kind, name, value in physical_names(stack) if not isinstance(value, str)]
    # API Gateway's execution log, named for the REST API's id.
    assert made == [("AWS::Logs::LogGroup", "LogGroupName")]


def test_neither_exports_a_value(stack: Synthesised, second: Synthesised) -> None:
    """An export's name is unique in an account and region too."""
    for synthesised in (stack, second):
        assert not [name for name, output in synthesised.outputs.items() if "Export" in output]

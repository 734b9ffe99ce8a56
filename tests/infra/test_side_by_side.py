"""Two deployments live side by side in one account, in one region or in two: no name is the same in both."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom_cdk.settings import Settings
from tests.infra.physical_names import GLOBAL, physical_names
from tests.infra.synthesised import Synthesised, as_text, synthesise

# A name with an ending that a part of the first stack might have, and one that is the first one's without its hyphen.
OTHERS = ("Greenroom-batches", "Greenroom-v1", "Green-room")


@pytest.fixture(scope="module", params=OTHERS)
def second(code: Path, request: pytest.FixtureRequest) -> Synthesised:
    return synthesise(code, Settings(stack_name=request.param))


def test_what_has_a_name_of_its_own_has_the_stack_s_name_in_it(stack: Synthesised, second: Synthesised) -> None:
    given, others = _names(stack), _names(second)
    assert {kind for kind, _ in given} == {
        "AWS::ApiGateway::RestApi",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::EventBus",
        "AWS::Logs::LogGroup",
        "AWS::Logs::QueryDefinition",
        "AWS::StepFunctions::StateMachine",
    }
    assert given & others == set()


def test_no_name_occurs_twice_in_a_stack(stack: Synthesised) -> None:
    assert len(_names(stack)) == len(list(physical_names(stack)))


def test_a_name_that_is_the_account_s_has_the_region_in_it(stack: Synthesised) -> None:
    names = [as_text(value) for kind, _, value in physical_names(stack) if kind in GLOBAL]
    assert names == ["Greenroom-AWS::Region"]


def test_a_name_that_is_known_only_in_deployment_is_made_of_an_id_or_of_the_region(stack: Synthesised) -> None:
    made = {(kind, as_text(value)) for kind, _, value in physical_names(stack) if not isinstance(value, str)}
    assert made == {
        ("AWS::CloudWatch::Dashboard", "Greenroom-AWS::Region"),
        # API Gateway's execution log, named for the REST API's id, which no other stack has.
        ("AWS::Logs::LogGroup", "API-Gateway-Execution-Logs_ApiRestApi/v1"),
    }


def test_the_metrics_of_two_stacks_are_told_apart(stack: Synthesised, second: Synthesised) -> None:
    services = [
        {item["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for item in each.functions.values()}
        for each in (stack, second)
    ]
    assert services == [{stack.name}, {second.name}]


def test_neither_exports_a_value(stack: Synthesised, second: Synthesised) -> None:
    """An export's name is unique in an account and region too."""
    for synthesised in (stack, second):
        assert not [name for name, output in synthesised.outputs.items() if "Export" in output]


def _names(synthesised: Synthesised) -> set[tuple[str, str]]:
    """The type and the name of each; those that an id is a part of, with the logical id that stands for it."""
    return {
        (kind, f"{synthesised.name if 'ApiRestApi' in name else ''}{name}")
        for kind, name in ((kind, as_text(value)) for kind, _, value in physical_names(synthesised))
    }

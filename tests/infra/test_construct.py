"""The construct in an app of your own: its public names, its settings, and several of it in one stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import CfnOutput, NestedStack
from aws_cdk.aws_lambda import Code

import greenroom_cdk
from greenroom_cdk import Greenroom, Settings, SettingsError
from tests.infra.own_app import OwnApp
from tests.infra.physical_names import physical_names
from tests.infra.synthesised import Synthesised


@pytest.fixture(scope="module")
def alone(code: Path) -> Synthesised:
    app = OwnApp(code, deadlineSeconds="nonsense", providers=["none"])
    app.greenroom()
    return app.template()


@pytest.fixture(scope="module")
def two(code: Path) -> Synthesised:
    app = OwnApp(code)
    app.greenroom("Artists")
    app.greenroom("Students")
    return app.template()


def test_the_package_has_these_public_names_and_no_others() -> None:
    assert sorted(greenroom_cdk.__all__) == ["AssetError", "Greenroom", "OutcomeType", "Settings", "SettingsError"]
    assert all(hasattr(greenroom_cdk, name) for name in greenroom_cdk.__all__)


def test_the_construct_has_these_public_properties_and_methods_each_with_its_promise() -> None:
    public = {name: item for name, item in vars(Greenroom).items() if not name.startswith("_")}
    assert sorted(public) == [
        "alarm_topic",
        "api_url",
        "bus",
        "connections",
        "dead_letter_queue",
        "delivery_queue",
        "grant_batches",
        "grant_claim",
        "grant_connect",
        "grant_redrive",
        "grant_request",
        "grant_request_by_event",
        "grant_start",
        "grant_waiting_room",
        "key",
        "link_secret",
        "on_outcome",
        "outputs",
        "rejected_requests_queue",
        "state_machine",
        "topic",
        "webhook_secret",
        "webhook_signing_key",
        "websocket_url",
    ]
    assert all(item.__doc__ for item in public.values())


def test_it_has_what_a_stack_of_its_own_has(alone: Synthesised, stack: Synthesised) -> None:
    assert kinds(alone) == kinds(stack)


def test_it_reads_no_context_of_the_app(alone: Synthesised) -> None:
    """The app of `alone` has context that no deployment would take."""
    assert alone.functions["api"]["Environment"]["Variables"]["DEADLINE_SECONDS"] == "900"


def test_its_machine_its_log_and_its_metrics_have_a_name_of_the_construct_s_path(alone: Synthesised) -> None:
    machine = _flow(alone, "Greenroom")["StateMachineName"]
    assert re.fullmatch(r"Studio-Greenroom-[0-9A-F]{8}", machine)
    assert f"/aws/vendedlogs/states/{machine}" in [name for _, _, name in physical_names(alone)]
    services = {item["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for item in alone.functions.values()}
    assert services == {machine}
    counted = alone.properties("AWS::CloudWatch::Alarm")["GreenroomMonitoringReleaseFailed"]
    assert counted["Dimensions"] == [{"Name": "service", "Value": machine}]


def test_a_long_path_makes_a_name_that_step_functions_takes(code: Path) -> None:
    app = OwnApp(code)
    app.greenroom("Greenroom" * 20)
    assert len(_flow(app.template(), "Greenroom" * 20)["StateMachineName"]) <= 80


def test_two_in_one_stack_share_no_name(two: Synthesised) -> None:
    found = [(kind, str(name)) for kind, _, name in physical_names(two)]
    assert len(found) == len(set(found))
    assert "-Artists-" in _flow(two, "Artists")["StateMachineName"]
    assert "-Students-" in _flow(two, "Students")["StateMachineName"]


def test_two_in_one_stack_stop_only_their_own_executions(two: Synthesised) -> None:
    for own, other in (("Artists", "Students"), ("Students", "Artists")):
        role = two.properties("AWS::Lambda::Function")[f"{own}Api"]["Role"]
        stops = [item.resources for item in two.statements(role) if "states:StopExecution" in item.actions]
        of_flow, of_batches = sorted(set[str]().union(*stops), key=lambda resource: "Batches" in resource)
        assert f":{_flow(two, own)['StateMachineName']}:" in of_flow
        assert f"{own}BatchesStateMachine.Name" in of_batches
        assert not [item for item in (of_flow, of_batches) if other in item]


def test_two_in_one_stack_set_the_account_s_role_for_logs_once(two: Synthesised) -> None:
    assert len(two.all("AWS::ApiGateway::Account")) == 1
    (account,) = two.all("AWS::ApiGateway::Account")
    stages = two.all("AWS::ApiGateway::Stage").values()
    assert len(stages) == 2
    assert all(any(name.startswith(account) for name in stage["DependsOn"]) for stage in stages)


def test_the_first_may_leave_the_account_s_role_alone_while_the_second_sets_it(code: Path) -> None:
    app = OwnApp(code)
    app.greenroom("Artists", settings=Settings(use_account_logs_role=True))
    app.greenroom("Students")
    assert list(app.template().all("AWS::ApiGateway::Account")) == ["StudentsAccountLogsAccount"]


def test_it_lives_in_a_nested_stack(code: Path) -> None:
    app = OwnApp(code)
    nested = NestedStack(app.stack, "Streams")
    Greenroom(nested, "Greenroom", code=Code.from_asset(str(code)))
    assert "AWS::CloudFormation::Stack" in kinds(app.template())


def test_its_outputs_are_what_the_command_line_looks_for(code: Path, stack: Synthesised) -> None:
    app = OwnApp(code)
    for name, value in app.greenroom().outputs.items():
        CfnOutput(app.stack, name, value=value)
    assert app.template().outputs.keys() == stack.outputs.keys()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Settings(deadline_seconds=0), "deadline_seconds: must be greater than or equal to 1 (got 0)"),
        (
            lambda: Settings(**_any(dead_line_seconds=1)),
            "dead_line_seconds: there is no such setting; did you mean deadline_seconds?",
        ),
        (
            lambda: Settings(providers=("dcv",), alarm_email="ops@studio.example"),
            "dcv_broker_url: must be set, since the setting providers names the provider that needs it",
        ),
        (
            lambda: Settings(**_any(dcv_broker_url="https://broker.example")),
            "dcv_broker_url: is a setting of the provider dcv, which the setting providers does not name",
        ),
    ],
    ids=["a value", "a misspelt name", "a provider's own", "another provider's"],
)
def test_settings_in_python_are_refused_in_python_s_names(make: Callable[[], Settings], complaint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        make()
    assert complaint in refused.value.complaints


def test_settings_in_python_take_those_of_the_providers_that_they_name() -> None:
    settings = Settings(**_any(providers=["nimble", "jupyterhub"], jupyterhub_url="https://hub.example"))
    assert settings.provider_names == ("nimble", "jupyterhub")
    assert settings == Settings.from_values({"providers": "nimble,jupyterhub", "jupyterhubUrl": "https://hub.example"})


def kinds(synthesised: Synthesised) -> dict[str, int]:
    """How many resources there are of each type."""
    types = [item["Type"] for item in synthesised.everything().values()]
    return {kind: types.count(kind) for kind in types}


def _any(**values: Any) -> dict[str, Any]:
    """Settings that mypy does not know: those of providers, and misspelt ones."""
    return values


def _flow(stack: Synthesised, path: str) -> Mapping[str, Any]:
    """The state machine of requests; that of batches has a name of CloudFormation's choice."""
    return stack.properties("AWS::StepFunctions::StateMachine")[f"{path}WorkflowStateMachine"]

"""The state machine as it is deployed: the file's flow, observed, with no data in its log."""

from __future__ import annotations

import json

from tests.infra.synthesised import ROOT, Synthesised, as_text

DEFINITION = ROOT / "statemachine" / "stream.asl.json"
BATCH_DEFINITION = ROOT / "statemachine" / "batch.asl.json"


def test_it_is_a_standard_workflow(stack: Synthesised) -> None:
    # CloudFormation's default; an express workflow ends after five minutes.
    assert (
        stack.properties("AWS::StepFunctions::StateMachine")["WorkflowStateMachine"].get("StateMachineType", "STANDARD")
        == "STANDARD"
    )


def test_it_is_traced_and_logs_every_step_but_no_data(stack: Synthesised) -> None:
    machine = stack.properties("AWS::StepFunctions::StateMachine")["WorkflowStateMachine"]
    logging = machine["LoggingConfiguration"]
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    (destination,) = logging["Destinations"]
    assert as_text(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == "WorkflowStateMachineLogs"


def test_after_substitution_it_is_the_file_with_functions_for_placeholders(stack: Synthesised) -> None:
    machine = stack.properties("AWS::StepFunctions::StateMachine")["WorkflowStateMachine"]
    deployed, written = machine["DefinitionString"], DEFINITION.read_text()
    substitutions = dict(machine["DefinitionSubstitutions"])
    assert as_text(substitutions.pop("UpdateItem")) == "arn:AWS::Partition:states:::dynamodb:updateItem"
    deployed = deployed.replace("${UpdateItem}", "arn:aws:states:::dynamodb:updateItem")
    deployed, written = (text.replace("${Records}", "records") for text in (deployed, written))
    assert as_text(substitutions.pop("Records")) == "StorageRecords"
    for name, arn in substitutions.items():
        handler = stack.function_of(arn)
        assert handler.replace("_", "") == name.lower()
        deployed = deployed.replace(f"${{{name}}}", handler)
        written = written.replace(f"${{{name}}}", handler)
    assert json.loads(deployed) == json.loads(written)
    assert "${" not in deployed


def test_it_has_the_stack_s_name_so_that_those_who_may_stop_its_executions_know_theirs(changed: Synthesised) -> None:
    assert (
        changed.properties("AWS::StepFunctions::StateMachine")["WorkflowStateMachine"]["StateMachineName"] == "Studio"
    )


def test_its_log_group_takes_no_room_in_the_account_s_resource_policy(stack: Synthesised) -> None:
    group = stack.properties("AWS::Logs::LogGroup")["WorkflowStateMachineLogs"]
    assert group["LogGroupName"] == "/aws/vendedlogs/states/Greenroom"


def test_the_machine_of_batches_runs_its_own_file_the_same_way(stack: Synthesised) -> None:
    machine = stack.properties("AWS::StepFunctions::StateMachine")["BatchesStateMachine"]
    assert machine.get("StateMachineType", "STANDARD") == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert "StateMachineName" not in machine
    assert machine["DefinitionString"] == BATCH_DEFINITION.read_text()
    handlers = {name: stack.function_of(arn) for name, arn in machine["DefinitionSubstitutions"].items()}
    assert {name.lower(): handler.replace("_", "") for name, handler in handlers.items()} == {
        name.lower(): name.lower() for name in handlers
    }
    group = stack.properties("AWS::Logs::LogGroup")["BatchesStateMachineLogs"]
    assert group["LogGroupName"] == "/aws/vendedlogs/states/Greenroom/batches"

"""The state machine as it is deployed: the file's flow, observed, with no data in its log."""

from __future__ import annotations

import json

from tests.infra.synthesised import ROOT, Synthesised, as_text

DEFINITION = ROOT / "statemachine" / "stream.asl.json"


def test_it_is_a_standard_workflow(stack: Synthesised) -> None:
    # CloudFormation's default; an express workflow ends after five minutes.
    assert stack.one("AWS::StepFunctions::StateMachine").get("StateMachineType", "STANDARD") == "STANDARD"


def test_it_is_traced_and_logs_every_step_but_no_data(stack: Synthesised) -> None:
    machine = stack.one("AWS::StepFunctions::StateMachine")
    logging = machine["LoggingConfiguration"]
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    (destination,) = logging["Destinations"]
    assert as_text(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == "WorkflowStateMachineLogs"


def test_after_substitution_it_is_the_file_with_functions_for_placeholders(stack: Synthesised) -> None:
    machine = stack.one("AWS::StepFunctions::StateMachine")
    deployed, written = machine["DefinitionString"], DEFINITION.read_text()
    for name, arn in machine["DefinitionSubstitutions"].items():
        handler = stack.function_of(arn)
        assert handler.replace("_", "") == name.lower()
        deployed = deployed.replace(f"${{{name}}}", handler)
        written = written.replace(f"${{{name}}}", handler)
    assert json.loads(deployed) == json.loads(written)
    assert "${" not in deployed


def test_an_execution_s_name_is_known_to_those_who_may_stop_it(stack: Synthesised) -> None:
    assert stack.one("AWS::StepFunctions::StateMachine")["StateMachineName"] == "Greenroom"

"""Every function is made the same way, and has a role, a log and an environment of its own."""

from __future__ import annotations

import re
from dataclasses import fields

from greenroom.environment import Environment
from greenroom.flow.reconciliation import JOB
from greenroom.providers.catalogue import BUILT_IN, settings_of
from greenroom_cdk.settings import Settings
from tests.infra.privileges import CALLERS
from tests.infra.synthesised import ROOT, Synthesised, as_text

HANDLERS = {
    path.stem
    for path in (ROOT / "lambdas" / "greenroom" / "handlers").glob("*.py")
    if re.search(r"^(def handler\(|handler = )", path.read_text(), re.MULTILINE)
}
# Settings and secrets of the providers, and the endpoints that boto3 itself reads.
PLUGS = {
    *(field.upper() for name in BUILT_IN if (model := settings_of(name)) for field in model.model_fields),
    *(f"{name.upper()}_SECRET_ARN" for name in BUILT_IN),
    *(f"AWS_ENDPOINT_URL_{name.upper()}" for name in BUILT_IN),
}


def test_every_handler_has_a_function_and_every_function_a_handler(stack: Synthesised) -> None:
    assert {item["Handler"] for item in stack.functions.values()} == {
        f"greenroom.handlers.{name}.handler" for name in HANDLERS
    }


def test_functions_run_python_3_13_on_arm64(stack: Synthesised) -> None:
    assert {(item["Runtime"], *item["Architectures"]) for item in stack.functions.values()} == {("python3.13", "arm64")}


def test_a_function_has_half_a_minute(stack: Synthesised) -> None:
    """The API's has less, since API Gateway does not wait so long; Sweep's has more, for four jobs.

    PrepareSession may prepare and create in one call.
    """
    others = {"api", "prepare_session", "sweep"}
    assert {item["Timeout"] for name, item in stack.functions.items() if name not in others} == {30}
    assert stack.functions["prepare_session"]["Timeout"] == 2 * 30
    assert 4 * JOB.seconds < stack.functions["sweep"]["Timeout"] < 300, "a run ends before the next one begins"


def test_functions_are_traced(stack: Synthesised) -> None:
    assert all(item["TracingConfig"] == {"Mode": "Active"} for item in stack.functions.values())


def test_each_function_has_a_role_that_only_lambda_assumes_and_no_managed_policy(stack: Synthesised) -> None:
    names = [as_text(item["Role"]) for item in stack.functions.values()]
    roles = stack.properties("AWS::IAM::Role")

    assert len(set(names)) == len(names)
    for name in names:
        (trust,) = roles[name]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert "ManagedPolicyArns" not in roles[name]


def test_each_function_writes_to_a_log_group_of_its_own(stack: Synthesised) -> None:
    names = [as_text(item["LoggingConfig"]["LogGroup"]) for item in stack.functions.values()]

    assert len(set(names)) == len(names)
    assert set(names) < set(stack.all("AWS::Logs::LogGroup"))


def test_logs_are_encrypted_and_kept_as_long_as_the_settings_say(stack: Synthesised, changed: Synthesised) -> None:
    for synthesised, days in ((stack, Settings().log_retention_days), (changed, 90)):
        for name, group in synthesised.properties("AWS::Logs::LogGroup").items():
            assert as_text(group["KmsKeyId"]) == "StorageKey", name
            assert group["RetentionInDays"] == days, name


def test_functions_read_no_variable_that_the_environment_model_does_not_know(changed: Synthesised) -> None:
    known = {field.name.upper() for field in fields(Environment)}
    for name, function in changed.functions.items():
        variables = {key for key in function["Environment"]["Variables"] if not key.startswith("POWERTOOLS_")}
        assert variables <= (known | PLUGS if name in CALLERS else known), name


def test_the_settings_of_disabled_providers_are_told_to_no_function(stack: Synthesised) -> None:
    for name, function in stack.functions.items():
        assert not PLUGS & set(function["Environment"]["Variables"]), name


def test_every_field_of_the_environment_model_is_set_somewhere(changed: Synthesised) -> None:
    variables = {name for item in changed.functions.values() for name in item["Environment"]["Variables"]}
    # What only the local deployment sets: it trusts hosts that are not public, and knows its own address.
    assert {field.name.upper() for field in fields(Environment)} - variables <= {"API_URL", "TRUSTED_CALLBACK_HOSTS"}


def test_only_those_that_call_the_service_know_its_endpoint(changed: Synthesised) -> None:
    informed = {
        name
        for name, item in changed.functions.items()
        if item["Environment"]["Variables"].get("AWS_ENDPOINT_URL_NIMBLE") == "https://nimble.example"
    }
    assert informed == {"create_stream", "get_stream", "prepare_session", "release_session"}


def test_the_service_s_endpoint_is_botocore_s_choice_when_it_is_not_set(stack: Synthesised) -> None:
    assert not any("AWS_ENDPOINT_URL_NIMBLE" in item["Environment"]["Variables"] for item in stack.functions.values())

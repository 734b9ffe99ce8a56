"""What signs webhooks: secrets that Secrets Manager generates, and the few who read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk import aws_lambda as lambda_

from greenroom_cdk.settings import Settings
from greenroom_cdk.stack import GreenroomStack
from tests.infra.synthesised import Synthesised

# "The maximum number of resources that you can declare in a template" is 500, and two Greenrooms fit into one.
MOST_RESOURCES = 250


def test_a_secret_is_generated_that_is_the_text_of_its_bytes(stack: Synthesised) -> None:
    secrets = stack.properties("AWS::SecretsManager::Secret")
    for name, letters in (("DeliveryWebhookSigningKey", 43), ("DeliveryWebhookSecret", 32)):
        generated = secrets[name]["GenerateSecretString"]
        assert generated["PasswordLength"] == letters
        assert {"+", "/", "=", "_", "-"} <= set(generated["ExcludeCharacters"])
        assert not generated.get("IncludeSpace")


def test_only_who_signs_and_who_answers_the_public_halves_read_the_private_key(stack: Synthesised) -> None:
    readers = {
        name
        for name, function in stack.functions.items()
        for statement in stack.statements(function["Role"])
        if "DeliveryWebhookSigningKey" in statement.resources
    }
    assert readers == {"deliver", "webhook_keys"}
    told = {
        name for name, item in stack.functions.items() if "WEBHOOK_SIGNING_KEY_ARN" in item["Environment"]["Variables"]
    }
    assert told == readers


def test_the_function_that_delivers_knows_the_apis_and_whether_the_secret_of_all_signs(
    stack: Synthesised, changed: Synthesised
) -> None:
    for each, apis, shared in ((stack, "", "true"), (changed, "us-west-2/api", "false")):
        variables = each.functions["deliver"]["Environment"]["Variables"]
        assert (variables["CALLBACK_APIS"], variables["SHARED_WEBHOOK_SIGNATURE"]) == (apis, shared)


def test_a_pattern_of_apis_has_a_finding_with_its_own_reason(code: Path) -> None:
    arns = (
        "arn:aws:execute-api:us-west-2:111122223333:abc123/*",
        "arn:aws:execute-api:us-west-2:111122223333:d/v1/POST/x",
    )
    stack = GreenroomStack(App(), settings=Settings(callback_api_arns=arns), code=lambda_.Code.from_asset(str(code)))
    role = stack.greenroom.delivery.deliver.own_role
    reasons = {name: reason for entry in role.node.metadata for name, reason in _items(entry.data)}
    assert "callbackApiArns" in reasons[f"Annotation::AwsSolutions-IAM5[Resource::{arns[0]}]"]
    assert not [name for name in reasons if arns[1] in name]


def _items(data: Any) -> list[tuple[str, str]]:
    return list(data.items()) if isinstance(data, dict) else []


def test_two_greenrooms_fit_into_one_stack(stack: Synthesised) -> None:
    assert len(stack.everything()) <= MOST_RESOURCES

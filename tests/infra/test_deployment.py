"""From settings to template: what comes out, what a setting changes, and what a wrong one is answered with."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from greenroom_cdk.settings import Settings
from tests.infra.conftest import CHANGED
from tests.infra.synthesised import ROOT, Synthesised, as_text


def test_the_outputs_are_those_of_the_contract_and_point_at_what_they_name(stack: Synthesised) -> None:
    values = {name: as_text(output["Value"]) for name, output in stack.outputs.items()}
    host = "execute-api.AWS::Region.AWS::URLSuffix"
    assert values == {
        "StateMachineArn": "WorkflowStateMachine",
        "ApiUrl": f"https://ApiRestApi.{host}/ApiRestApiDeploymentStagev1/",
        "WebSocketUrl": f"wss://WebSocketApi.{host}/v1",
        "TopicArn": "ChannelsTopic",
        "EventBusName": "ChannelsBus",
        "DeadLetterQueueUrl": "ChannelsDeadLetterQueue",
        "RejectedRequestsQueueUrl": "ChannelsRejectedRequestsQueue",
        "DeliveryQueueUrl": "ChannelsDeliveryQueue",
        "DashboardName": "Greenroom-AWS::Region",
        "WebhookSecretArn": "DeliveryWebhookSecret",
        "WebhookSigningKeyArn": "DeliveryWebhookSigningKey",
        "LinkSecretArn": "ApiLinkSecret",
        "IdentityRules": "0",
    }


def test_every_setting_is_tried_with_another_value() -> None:
    same = {name for name in Settings.model_fields if getattr(CHANGED, name) == getattr(Settings(), name)}
    assert same == set()


def test_functions_that_record_requests_get_what_the_settings_say(changed: Synthesised) -> None:
    expected = {
        "CALLBACK_HOSTS": "hooks.example,b.example",
        "CLAIM_BY_DEFAULT": "true",
        "DEADLINE_SECONDS": "60",
        "DEFAULT_NOTIFY": '[{"type":"sns"},{"type":"webhook","url":"https://hooks.example/x"}]',
        "LOOK_COST_SECONDS": "2.5",
        "RETENTION_DAYS": "100",
    }
    for name in ("accept_request", "api", "reconcile"):
        variables = changed.functions[name]["Environment"]["Variables"]
        assert {key: variables.get(key) for key in expected} == expected, name


def test_everyone_who_looks_at_callbacks_knows_the_allowed_hosts(changed: Synthesised) -> None:
    variables = {name: item["Environment"]["Variables"] for name, item in changed.functions.items()}
    for name in ("accept_event", "reject_request", "deliver"):
        assert variables[name]["CALLBACK_HOSTS"] == "hooks.example,b.example"


def test_everyone_who_checks_a_request_knows_who_may_ask_for_whom(changed: Synthesised) -> None:
    rule = '["arn:aws:sts::123456789012:assumed-role/Artist/*"],"provider":"jupyterhub","field":"user"'
    for name in ("accept_event", "accept_request", "api", "reconcile", "reject_request", "submit_slice"):
        assert rule in changed.functions[name]["Environment"]["Variables"]["IDENTITIES"], name
    assert changed.functions["api"]["Environment"]["Variables"]["BATCH_PREFIX"] == "classes/{sessionName}/"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ADMINISTRATORS", "arn:aws:sts::123456789012:assumed-role/admin/*"),
        ("SHARED_ROLES", "arn:aws:iam::123456789012:role/RenderFarm*"),
    ],
)
def test_who_owns_what_is_told_to_those_alone_who_take_in_what_callers_want(
    changed: Synthesised, variable: str, value: str
) -> None:
    informed = {
        name: item["Environment"]["Variables"][variable]
        for name, item in changed.functions.items()
        if variable in item["Environment"]["Variables"]
    }
    assert informed == {"api": value, "submit_slice": value, "websocket": value}


def test_who_delivers_renews_only_if_the_settings_say_so(stack: Synthesised, changed: Synthesised) -> None:
    for synthesised, text in ((stack, "false"), (changed, "true")):
        assert synthesised.functions["deliver"]["Environment"]["Variables"]["RENEW_EXPIRED_URLS"] == text


@pytest.mark.parametrize("app", [["app.py"], ["-m", "local.app"]])
def test_the_app_refuses_a_wrong_setting_by_its_name(app: list[str]) -> None:
    context = json.dumps({"deadlineSeconds": "0", "alarmMail": "ops@studio.example", "providers": "./nowhere"})
    done = subprocess.run(  # noqa: S603  # our own app, as the CDK CLI runs it
        [sys.executable, *app],
        cwd=ROOT,
        env=os.environ | {"CDK_CONTEXT_JSON": context},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "  providers: ./nowhere must be the directory of a provider; there is no such directory" in done.stderr
    assert "deadlineSeconds: must be greater than or equal to 1 (got '0')" in done.stderr
    assert "alarmMail: there is no such setting; did you mean alarmEmail?" in done.stderr
    assert "Traceback" not in done.stderr

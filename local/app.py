"""The CDK app as it goes into the emulator: the same stack, and the few things that differ there, all of them here."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from aws_cdk import App, ArnFormat, CliCredentialsStackSynthesizer, IStackSynthesizer, Stack, Token
from aws_cdk.aws_cloudwatch import CfnAlarm
from aws_cdk.aws_iam import Grant, IGrantable
from aws_cdk.aws_lambda import CfnFunction, Code
from aws_cdk.aws_logs import CfnQueryDefinition
from aws_cdk.aws_secretsmanager import ISecret
from aws_cdk.aws_sns import CfnTopicPolicy
from aws_cdk.aws_sqs import CfnQueuePolicy
from constructs import Construct

from greenroom_cdk.api.rest_api import STAGE
from greenroom_cdk.asset.additions import additions
from greenroom_cdk.asset.build import HOST_PLATFORM, bundle
from greenroom_cdk.asset.files import move_into_place
from greenroom_cdk.asset.service_models import UnknownServices
from greenroom_cdk.functions import Function
from greenroom_cdk.greenroom import Greenroom
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.stack import GreenroomStack
from greenroom_cdk.storage.secrets import Secret


def add_runtime_client(asset: Path) -> Path:
    """Put AWS's own runtime client in front of the handlers.

    The emulator's Python worker gives every exception one name, so that no `Retry` of the state machine would match;
    awslambdaric reports class names as Lambda does.
    """
    target = asset.with_name(f"{asset.name}-emulator")
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=asset.parent) as scratch:
            built = Path(scratch) / "asset"
            shutil.copytree(asset, built)
            bootstrap = built / "bootstrap"
            bootstrap.write_text(
                f'#!/bin/sh\nexport PYTHONPATH="$LAMBDA_TASK_ROOT"\n'
                f'exec "{sys.executable}" -m awslambdaric "$_HANDLER"\n'
            )
            bootstrap.chmod(0o755)
            move_into_place(built, target)
    return target


def allow_plain_http(policy: CfnQueuePolicy | CfnTopicPolicy) -> None:
    """Let the TLS-only statement of a policy leave out loopback, where the emulator speaks plain HTTP.

    Without any policy a topic would have the one that SNS gives it, which lets everybody in.
    """
    document = Stack.of(policy).resolve(policy.policy_document)
    for statement in document["Statement"]:
        if "aws:SecureTransport" in json.dumps(statement):
            statement["Condition"]["NotIpAddress"] = {"aws:SourceIp": "127.0.0.0/8"}
    policy.policy_document = document


def use_local_addresses(greenroom: Greenroom, endpoint: str) -> dict[str, str]:
    """Tell functions the addresses that APIs have in the emulator. Returns the outputs that tell them to clients."""
    websocket = f"{endpoint.split('//')[1]}/_aws/execute-api/{greenroom.websocket.api.api_id}/{STAGE}"
    api_url = f"{endpoint}/restapis/{greenroom.api.rest_api.rest_api_id}/{STAGE}/_user_request_/"
    for function in functions(greenroom):
        if "WEBSOCKET_ENDPOINT" in function.variables:
            function.set_environment(websocket_endpoint=f"http://{websocket}")
        # Elsewhere a request tells the API the URL that it came to; here it tells only a part.
        if function is greenroom.api.function or "API_URL" in function.variables:
            function.set_environment(api_url=api_url)
    return {"ApiUrl": api_url, "WebSocketUrl": f"ws://{websocket}"}


def allow_by_name(secret: ISecret, readers: Iterable[IGrantable]) -> None:
    """On AWS the Ref of a secret is its ARN, as the stack's own policies have it; here it is the secret's name."""
    arn = Stack.of(secret).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{secret.secret_arn}-??????",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    for reader in readers:
        Grant.add_to_principal(grantee=reader, actions=["secretsmanager:GetSecretValue"], resource_arns=[arn])


def watch_one_metric(alarm: CfnAlarm) -> None:
    """Have an alarm of metric math, which the emulator does not know, watch the last metric that it computes with."""
    if not alarm.metrics:
        return
    *_, last = Stack.of(alarm).resolve(alarm.metrics)
    watched = last["metricStat"]
    alarm.metrics, alarm.period, alarm.statistic = None, watched["period"], watched["stat"]
    alarm.namespace, alarm.metric_name = watched["metric"]["namespace"], watched["metric"]["metricName"]
    alarm.dimensions = [
        CfnAlarm.DimensionProperty(name=each["name"], value=Token.as_string(each["value"]))
        for each in watched["metric"]["dimensions"]
    ]


def functions(scope: Construct) -> list[Function]:
    return [construct for construct in scope.node.find_all() if isinstance(construct, Function)]


def code_for(settings: Settings) -> Code:
    """The functions' code for this machine."""
    asset = bundle(HOST_PLATFORM, Path(".greenroom/assets"), additions(settings))
    return Code.from_asset(str(add_runtime_client(asset)))


def synthesizer() -> IStackSynthesizer:
    """The roles of a bootstrapped account are refused when the emulator evaluates IAM."""
    return CliCredentialsStackSynthesizer()


def adapt(stack: Stack, greenroom: Greenroom) -> dict[str, str]:
    """Make in a stack with Greenroom all the differences. Returns the outputs that are others here."""
    for function in functions(greenroom):
        cast("CfnFunction", function.node.default_child).runtime = "provided.al2023"
        # Receivers of webhooks run on this machine, without a certificate.
        function.set_environment(trusted_callback_hosts="127.0.0.1")
    for construct in stack.node.find_all():
        if isinstance(construct, CfnQueuePolicy | CfnTopicPolicy):
            allow_plain_http(construct)
        if isinstance(construct, Secret):
            allow_by_name(construct, set(construct.readers))
        if isinstance(construct, CfnAlarm):
            watch_one_metric(construct)
        if isinstance(construct, CfnQueryDefinition):
            # The emulator's CloudWatch Logs has no saved queries.
            cast("Construct", construct.node.scope).node.try_remove_child(construct.node.id)
    return use_local_addresses(greenroom, os.environ["AWS_ENDPOINT_URL"])


def main() -> None:
    app = App()
    try:
        settings = Settings.from_context(app.node)
        stack = GreenroomStack(app, settings=settings, code=code_for(settings), synthesizer=synthesizer())
    except (SettingsError, UnknownServices) as error:
        sys.exit(str(error))
    for name, value in adapt(stack, stack.greenroom).items():
        stack.outputs[name].value = value
    app.synth()


if __name__ == "__main__":
    main()

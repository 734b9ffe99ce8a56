"""The CDK app as it goes into the emulator: the same stack, and the few things that differ there, all of them here."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import cast

from aws_cdk import App, ArnFormat, CliCredentialsStackSynthesizer, Stack
from aws_cdk.aws_lambda import CfnFunction, Code
from aws_cdk.aws_sns import CfnTopicPolicy
from aws_cdk.aws_sqs import CfnQueuePolicy
from constructs import Construct

from greenroom_cdk.additions import additions
from greenroom_cdk.api import STAGE
from greenroom_cdk.functions import Function
from greenroom_cdk.lambda_asset import HOST_PLATFORM, bundle, move_into_place
from greenroom_cdk.secret import Secret
from greenroom_cdk.service_models import UnknownServices
from greenroom_cdk.settings import Settings, SettingsError
from greenroom_cdk.stack import GreenroomStack


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
    """Take the TLS-only statement out of a policy: the emulator speaks plain HTTP, on loopback."""
    document = Stack.of(policy).resolve(policy.policy_document)
    statements = [item for item in document["Statement"] if "aws:SecureTransport" not in json.dumps(item)]
    if statements:
        policy.policy_document = document | {"Statement": statements}
    else:
        cast("Construct", policy.node.scope).node.try_remove_child(policy.node.id)


def use_local_addresses(stack: GreenroomStack, endpoint: str) -> None:
    """Tell functions and clients the addresses that APIs have in the emulator."""
    websocket = f"{endpoint.split('//')[1]}/_aws/execute-api/{stack.greenroom.websocket.api.api_id}/{STAGE}"
    api_url = f"{endpoint}/restapis/{stack.greenroom.api.rest_api.rest_api_id}/{STAGE}/_user_request_/"
    for function in functions(stack):
        if "WEBSOCKET_ENDPOINT" in function.variables:
            function.tell(websocket_endpoint=f"http://{websocket}")
        # Elsewhere a request tells the API the URL that it came to; here it tells only a part.
        if function is stack.greenroom.api.function or "API_URL" in function.variables:
            function.tell(api_url=api_url)
    stack.outputs["ApiUrl"].value = api_url
    stack.outputs["WebSocketUrl"].value = f"ws://{websocket}"


def allow_by_name(secret: Secret) -> None:
    """On AWS the Ref of a secret is its ARN, as the stack's own policies have it; here it is the secret's name."""
    arn = Stack.of(secret).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{secret.secret_arn}-??????",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    for function in set(secret.readers):
        function.allow(["secretsmanager:GetSecretValue"], [arn])


def functions(stack: GreenroomStack) -> list[Function]:
    return [construct for construct in stack.node.find_all() if isinstance(construct, Function)]


def main() -> None:
    app = App()
    try:
        settings = Settings.from_context(app.node)
        asset = bundle(HOST_PLATFORM, Path(".greenroom/assets"), additions(settings))
        stack = GreenroomStack(
            app,
            settings=settings,
            code=Code.from_asset(str(add_runtime_client(asset))),
            # The roles of a bootstrapped account are refused when the emulator evaluates IAM.
            synthesizer=CliCredentialsStackSynthesizer(),
        )
    except (SettingsError, UnknownServices) as error:
        sys.exit(str(error))
    for function in functions(stack):
        cast("CfnFunction", function.node.default_child).runtime = "provided.al2023"
        # Receivers of webhooks run on this machine, without a certificate.
        function.tell(trusted_callback_hosts="127.0.0.1")
    for construct in stack.node.find_all():
        if isinstance(construct, CfnQueuePolicy | CfnTopicPolicy):
            allow_plain_http(construct)
        if isinstance(construct, Secret):
            allow_by_name(construct)
    use_local_addresses(stack, os.environ["AWS_ENDPOINT_URL"])
    app.synth()


if __name__ == "__main__":
    main()

"""The secret that signs webhooks (Standard Webhooks)."""

from __future__ import annotations

import string
from typing import cast

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.findings import acknowledge
from infra.functions import Function
from infra.key import Key
from infra.settings import Settings

_ROTATION_REASON = "Receivers hold the secret too and change it in their own time; while it rotates, both sign"


class WebhookSecret(secretsmanager.Secret):
    def __init__(self, scope: Construct, construct_id: str, *, key: Key, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Signs Greenroom's webhooks (Standard Webhooks; base64)",
            # 32 letters and digits are the base64 text of 24 bytes, the least that the specification takes.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_characters=string.punctuation, password_length=32
            ),
            removal_policy=settings.removal_policy,
        )
        self._key = key
        # Not by the construct's own `encryption_key`: the grants that it makes of it name the service as
        # `secretsmanager.{region}.amazonaws.com` in every partition, China's included.
        cast("secretsmanager.CfnSecret", self.node.default_child).kms_key_id = key.key_arn
        acknowledge(self, "AwsSolutions-SMG4", _ROTATION_REASON)

    def link(self, function: Function) -> None:
        """Let a function read the secret."""
        function.tell(webhook_secret_arn=self.secret_arn)
        self.grant_read(function)
        self._key.link_by_way_of(function, "secretsmanager", ["kms:Decrypt"])

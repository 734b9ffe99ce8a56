"""A secret that the stack keeps, encrypted by Greenroom's key."""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import Function
from greenroom_cdk.key import link_by_way_of
from greenroom_cdk.settings import Settings


class Secret(secretsmanager.Secret):
    """`generated` is its first value; `no_rotation_reason` says why Secrets Manager does not rotate it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        settings: Settings,
        description: str,
        generated: secretsmanager.SecretStringGenerator,
        no_rotation_reason: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=description,
            generate_secret_string=generated,
            removal_policy=settings.removal_policy,
        )
        self._key = key
        self.readers: list[Function] = []
        # Not by the construct's own `encryption_key`: the grants that it makes of it name the service as
        # `secretsmanager.{region}.amazonaws.com` in every partition, China's included.
        cast("secretsmanager.CfnSecret", self.node.default_child).kms_key_id = key.key_arn
        acknowledge(self, "AwsSolutions-SMG4", no_rotation_reason)

    def let_read(self, function: Function) -> None:
        """Let a function read the secret; the address goes with it in the `link` of each kind of secret."""
        self.readers.append(function)
        # Without DescribeSecret, which CDK grants too: a function reads the value and nothing about it.
        function.allow(["secretsmanager:GetSecretValue"], [self.secret_arn])
        link_by_way_of(self._key, function, "secretsmanager", ["kms:Decrypt"])

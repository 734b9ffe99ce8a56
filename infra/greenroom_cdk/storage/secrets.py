"""The secrets that the stack keeps, encrypted by Greenroom's key."""

from __future__ import annotations

import string
from typing import Any, cast

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import Function
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.key import grant_by_way_of


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
        """Let a function read the secret; each kind of secret adds its address."""
        self.readers.append(function)
        # Without DescribeSecret, which CDK grants too: a function reads the value and nothing about it.
        function.allow(["secretsmanager:GetSecretValue"], [self.secret_arn])
        grant_by_way_of(self._key, function, "secretsmanager", ["kms:Decrypt"])


class SigningSecret(Secret):
    """A secret that signs. `variable`: the one by which functions get its address."""

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings, variable: str, **more: Any
    ) -> None:
        super().__init__(scope, construct_id, key=key, settings=settings, **more)
        self._variable = variable

    def grant(self, function: Function) -> None:
        """Let a function sign with it."""
        function.set_environment(**{self._variable: self.secret_arn})
        self.let_read(function)


class LinkSecret(SigningSecret):
    """Signs links to the waiting room."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            variable="link_secret_arn",
            description="Signs Greenroom's links to the waiting room (HMAC-SHA256)",
            generated=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=64),
            no_rotation_reason=(
                "Links end by themselves within hours; put-secret-value replaces it, and the former one stays valid "
                "until the next time"
            ),
        )


class WebhookSecret(SigningSecret):
    """Signs webhooks (Standard Webhooks), by a secret of each receiver that is made of it."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            variable="webhook_secret_arn",
            description="Signs Greenroom's webhooks (Standard Webhooks; base64)",
            # 32 letters and digits are the base64 text of 24 bytes, the least that the specification takes.
            generated=secretsmanager.SecretStringGenerator(exclude_characters=string.punctuation, password_length=32),
            no_rotation_reason=(
                "Receivers hold the secret too and change it in their own time; while it rotates, both sign"
            ),
        )


class WebhookSigningKey(SigningSecret):
    """Signs webhooks (Standard Webhooks), by ed25519."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            variable="webhook_signing_key_arn",
            description="Signs Greenroom's webhooks (Standard Webhooks; ed25519, whsk_ and base64)",
            # 43 letters and digits are the base64 text of 32 bytes, of which any are the seed of an ed25519 key:
            # https://datatracker.ietf.org/doc/html/rfc8032#section-5.1.5
            generated=secretsmanager.SecretStringGenerator(exclude_characters=string.punctuation, password_length=43),
            no_rotation_reason=(
                "Receivers keep its public half and change it in their own time; while it rotates, both sign"
            ),
        )

"""The secrets that sign webhooks (Standard Webhooks): one for HMAC, and an ed25519 key."""

from __future__ import annotations

import string

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from greenroom_cdk.functions import Function
from greenroom_cdk.secret import Secret
from greenroom_cdk.settings import Settings


class WebhookSecret(Secret):
    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            description="Signs Greenroom's webhooks (Standard Webhooks; base64)",
            # 32 letters and digits are the base64 text of 24 bytes, the least that the specification takes.
            generated=secretsmanager.SecretStringGenerator(exclude_characters=string.punctuation, password_length=32),
            no_rotation_reason=(
                "Receivers hold the secret too and change it in their own time; while it rotates, both sign"
            ),
        )

    def link(self, function: Function) -> None:
        """Let a function read the secret."""
        function.tell(webhook_secret_arn=self.secret_arn)
        self.let_read(function)


class WebhookSigningKey(Secret):
    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            description="Signs Greenroom's webhooks (Standard Webhooks; ed25519, whsk_ and base64)",
            # 43 letters and digits are the base64 text of 32 bytes, of which any are the seed of an ed25519 key:
            # https://datatracker.ietf.org/doc/html/rfc8032#section-5.1.5
            generated=secretsmanager.SecretStringGenerator(exclude_characters=string.punctuation, password_length=43),
            no_rotation_reason=(
                "Receivers keep its public half and change it in their own time; while it rotates, both sign"
            ),
        )

    def link(self, function: Function) -> None:
        """Let a function read the private key."""
        function.tell(webhook_signing_key_arn=self.secret_arn)
        self.let_read(function)

"""The secret that signs links to the waiting room."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from greenroom_cdk.functions import Function
from greenroom_cdk.secret import Secret
from greenroom_cdk.settings import Settings


class LinkSecret(Secret):
    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            description="Signs Greenroom's links to the waiting room (HMAC-SHA256)",
            generated=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=64),
            no_rotation_reason=(
                "Links end by themselves within hours; put-secret-value replaces it, and the former one stays valid "
                "until the next time"
            ),
        )

    def link(self, function: Function) -> None:
        """Let a function sign links, and read them."""
        function.tell(link_secret_arn=self.secret_arn)
        self.let_read(function)

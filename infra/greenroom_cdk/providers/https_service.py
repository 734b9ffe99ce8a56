"""A provider that speaks HTTPS and knows its callers by a secret, such as your own broker."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from greenroom.providers.settings import ProviderSettings
from greenroom_cdk.asset.additions import certificates_of
from greenroom_cdk.functions import Function
from greenroom_cdk.providers.plug import Verb
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.secrets import Secret

_ROTATION_REASON = "The service that it is for gives it out, and changes it in its own time"


class HttpsService(Construct):
    """One service at a URL of the settings.

    `SERVICE` is the name that its settings begin with, `SECRET_MEMBERS` are what its secret must have. Until someone
    puts the real one there, the last member is generated: a service that takes tokens as they are may be given it.
    """

    SERVICE: ClassVar[str]
    SETTINGS: ClassVar[type[ProviderSettings]]
    SECRET_MEMBERS: ClassVar[tuple[str, ...]]

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.settings = settings.of(self.SETTINGS)
        self._variables = self.settings.variables() | certificates_of(self.SERVICE, settings)
        self.secret = ProviderSecret(
            self, "Secret", key=key, settings=settings, service=self.SERVICE, members=self.SECRET_MEMBERS
        ) if self.needs_secret else None  # fmt: skip

    @property
    def needs_secret(self) -> bool:
        """Whether the service is called with a secret, by its settings."""
        return True

    @property
    def outputs(self) -> Mapping[str, str]:
        return {f"{self.SERVICE.capitalize()}SecretArn": self.secret.secret_arn} if self.secret else {}

    def grant(self, function: Function, verb: Verb) -> None:  # noqa: ARG002  # each verb is a call, and all are alike
        """Let a function call the service."""
        for name, value in self._variables.items():
            function.set_variable(name, value)
        if self.secret:
            self.secret.grant(function)


class ProviderSecret(Secret):
    """A JSON object, whose ARN the variable `{SERVICE}_SECRET_ARN` of a function has."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        settings: Settings,
        service: str,
        members: tuple[str, ...],
    ) -> None:
        *given, generated = members
        super().__init__(
            scope,
            construct_id,
            key=key,
            settings=settings,
            description=f"Greenroom calls {service} with it: a JSON object with {', '.join(members)}",
            generated=secretsmanager.SecretStringGenerator(
                exclude_characters=string.punctuation,
                generate_string_key=generated,
                secret_string_template=json.dumps(dict.fromkeys(given, "")),
            ),
            no_rotation_reason=_ROTATION_REASON,
        )
        self._variable = f"{service.upper()}_SECRET_ARN"

    def grant(self, function: Function) -> None:
        """Let a function read the secret."""
        function.set_variable(self._variable, self.secret_arn)
        self.let_read(function)

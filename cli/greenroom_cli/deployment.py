"""A deployed stack as a command finds it: by CloudFormation, or by outputs that the environment has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from greenroom_cli.client import Api, PatientApi
from greenroom_cli.errors import CommandError, NoStack
from greenroom_cli.target import DEFAULT_STACK, Target

# A command is waited for by a person: two more tries, and no minute for a host that is not there.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})


class Deployment:
    """A stack by its target; nothing is called before it is needed. boto3 finds endpoint and credentials."""

    def __init__(self, target: Target, environment: Mapping[str, str] = os.environ) -> None:
        self._target = target
        self._environment = environment
        self.name = target.stack or DEFAULT_STACK

    @cached_property
    def session(self) -> boto3.Session:
        with plain_errors():
            return boto3.Session(profile_name=self._target.profile, region_name=self._target.region)

    @cached_property
    def api(self) -> PatientApi:
        return PatientApi(Api(self._session_that_signs(), self.output("ApiUrl")))

    @cached_property
    def description(self) -> Mapping[str, Any]:
        """The stack as CloudFormation describes it. Raises NoStack if it cannot be read."""
        try:
            with plain_errors():
                (found,) = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        except CommandError as error:
            told = f"The stack {self.name} cannot be read: {error}"
            raise NoStack(f"{told}. Is it deployed there? --stack, --region and --profile say where to look") from None
        return dict(found)

    def client(self, service: str) -> Any:
        return self.session.client(service, config=_CONFIG)  # type: ignore[call-overload]  # any service

    def output(self, name: str) -> str:
        """Return an output of the stack. If the target names nothing, prefer the environment's."""
        if self._target.is_anywhere and (value := self._environment.get(name)):
            return value
        outputs = {item["OutputKey"]: item["OutputValue"] for item in self.description.get("Outputs", [])}
        if name not in outputs:
            raise NoStack(f"The stack {self.name} has no output {name}: deploy it again")
        return str(outputs[name])

    def secret(self, output: str) -> list[str]:
        """Return the values of the secret that an output names: the current one, and the previous one, if any."""
        secrets, values = self.client("secretsmanager"), list[str]()
        with plain_errors():
            for stage in ("AWSCURRENT", "AWSPREVIOUS"):
                try:
                    found = secrets.get_secret_value(SecretId=self.output(output), VersionStage=stage)
                except secrets.exceptions.ResourceNotFoundException:
                    if not values:
                        raise
                else:
                    values.append(found.get("SecretString", ""))
        return values

    def _session_that_signs(self) -> boto3.Session:
        with plain_errors():
            credentials = self.session.get_credentials()
        if credentials is None:
            raise NoStack("There are no AWS credentials: set AWS_PROFILE or --profile, or run `aws configure`")
        if not self.session.region_name:
            raise NoStack("There is no AWS region: set AWS_REGION or --region")
        return self.session


@contextmanager
def plain_errors() -> Iterator[None]:
    """Raise what boto3 raises as a CommandError, in the service's own words."""
    try:
        yield
    except ClientError as error:
        raise CommandError(error.response["Error"]["Message"]) from None
    except BotoCoreError as error:
        raise CommandError(str(error)) from None

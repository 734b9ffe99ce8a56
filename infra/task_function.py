"""A function, made the one way that all of ours are made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.findings import acknowledge

_KEY_REASON = "Variants of one action, on Greenroom's own key only"
_RUNTIME_REASON = "Python 3.13 is the version that the asset's wheels are locked and tested for"
_XRAY_REASON = "X-Ray's write calls have no resource ARNs"


class FunctionFactory:
    """What the functions share: code, key, and the settings of their logs. `make` adds what each has of its own."""

    def __init__(
        self,
        *,
        code: lambda_.Code,
        key: kms.IKey,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        self._code = code
        self._key = key
        self._log_retention_days = log_retention_days
        self._removal_policy = removal_policy

    def log_group(self, scope: Construct, construct_id: str) -> logs.LogGroup:
        group = logs.LogGroup(scope, construct_id, encryption_key=self._key, removal_policy=self._removal_policy)
        # The L2 construct takes an enumeration that has no numbers to look a setting up by.
        cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = self._log_retention_days
        return group

    def make(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Mapping[str, str],
        timeout: Duration | None = None,
    ) -> TaskFunction:
        """The function `GetStream` runs `handlers/get_stream.py`: one name through all layers."""
        return TaskFunction(
            scope,
            construct_id,
            handler=re.sub(r"(?<=[a-z])(?=[A-Z])", "_", construct_id).lower(),
            code=self._code,
            log_group=self.log_group(scope, f"{construct_id}Logs"),
            environment=environment,
            timeout=timeout or Duration.seconds(30),
        )


class TaskFunction(lambda_.Function):
    """The handler `greenroom.handlers.{handler}.handler`, with a role that can write its own log and nothing else."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        code: lambda_.Code,
        log_group: logs.LogGroup,
        environment: Mapping[str, str],
        timeout: Duration,
    ) -> None:
        role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        super().__init__(
            scope,
            construct_id,
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            environment={"POWERTOOLS_LOG_LEVEL": "INFO", **environment},
            handler=f"greenroom.handlers.{handler}.handler",
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.TEXT,
            memory_size=256,
            role=role,
            runtime=lambda_.Runtime.PYTHON_3_13,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
        )
        self.own_role = role
        log_group.grant_write(role)
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", _XRAY_REASON)
        # CDK's grants on an encrypted queue or topic use these two patterns of the key's actions.
        for pattern in ("kms:GenerateDataKey*", "kms:ReEncrypt*"):
            acknowledge(role, f"AwsSolutions-IAM5[Action::{pattern}]", _KEY_REASON)
        acknowledge(self, "AwsSolutions-L1", _RUNTIME_REASON)

    def allow(self, actions: Sequence[str], resources: Sequence[str]) -> None:
        self.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

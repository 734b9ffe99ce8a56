"""A function, made the one way that all of ours are made, and the log groups that go with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from greenroom.domain.metrics import NAMESPACE
from greenroom.environment import variables
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.settings import Settings

# By the table of `python -m bench.cold_starts`: up to 1,769 MB, one vCPU, a cold start costs the same at every size and
# is as much faster as the memory is larger; only waiting for an answer costs more.
MEMORY_MEGABYTES = 1024
DEFAULT_TIMEOUT = Duration.seconds(30)

_RUNTIME_REASON = "Python 3.13 is the version that the asset's wheels are locked and tested for"


class FunctionFactory:
    """All that the functions share: the code, the key, and the settings of their logs."""

    def __init__(self, *, code: lambda_.Code, key: kms.IKey, settings: Settings) -> None:
        self._code = code
        self._key = key
        self._settings = settings

    def make(self, scope: Construct, construct_id: str, *, timeout: Duration = DEFAULT_TIMEOUT) -> Function:
        """Make a function: `GetStream` runs `handlers/get_stream.py`, one name through all layers.

        It may write its log and its traces. Everything else is granted to it, the address and the permission together,
        as in `table.grant_calls(function, "GetItem")`.
        """
        log_group = self.log_group(scope, f"{construct_id}Logs")
        service = self._settings.stack_name
        return Function(scope, construct_id, code=self._code, log_group=log_group, service=service, timeout=timeout)

    def log_group(self, scope: Construct, construct_id: str, *, name: str | None = None) -> logs.LogGroup:
        """Make an encrypted log group. Without a name, CloudFormation finds one that no other stack has."""
        group = logs.LogGroup(
            scope,
            construct_id,
            encryption_key=self._key,
            log_group_name=name,
            removal_policy=self._settings.removal_policy,
        )
        # The L2 construct takes an enumeration that has no numbers to look a setting up by.
        cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = self._settings.log_retention_days
        return group


class Function(lambda_.Function):
    """The handler `greenroom.handlers.{construct_id in snake case}.handler`, with a role of its own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        log_group: logs.LogGroup,
        service: str,
        timeout: Duration,
    ) -> None:
        role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        super().__init__(
            scope,
            construct_id,
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=f"greenroom.handlers.{_snake_case(construct_id)}.handler",
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.TEXT,
            memory_size=MEMORY_MEGABYTES,
            role=role,
            runtime=lambda_.Runtime.PYTHON_3_13,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
        )
        self.own_role = role
        self.variables: dict[str, str] = {}
        self.set_variable("POWERTOOLS_LOG_LEVEL", "INFO")
        # Powertools puts it into every log line and makes it the dimension of every metric, so two deployments in
        # one account and region do not count into each other's alarms.
        self.set_variable("POWERTOOLS_SERVICE_NAME", service)
        self.set_variable("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
        log_group.grant_write(role)
        acknowledge(self, "AwsSolutions-L1", _RUNTIME_REASON)

    def set_environment(self, **values: str) -> None:
        """Set variables by the names of the runtime's environment model: `records_table` → `RECORDS_TABLE`."""
        for name, value in variables(**values).items():
            self.set_variable(name, value)

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable that others than our own code read: boto3, Powertools."""
        self.variables[name] = value
        self.add_environment(name, value)

    def allow(
        self, actions: Sequence[str], resources: Sequence[str], *, conditions: Mapping[str, Any] | None = None
    ) -> None:
        self.add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), conditions=conditions, resources=list(resources))
        )

    def let_lambda(self, actions: Sequence[str], resources: Sequence[str]) -> None:
        """Let Lambda make calls by the function's role that the function's own code may not make.

        Calls of the code have the function's ARN as their source; those by which Lambda reads an event source, or makes
        a network interface, do not: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        """
        self.allow(actions, resources, conditions={"ArnNotLike": {"lambda:SourceFunctionArn": any_function(self)}})


def any_function(scope: IConstruct) -> str:
    """Return the pattern of the ARNs of this account's and region's functions."""
    return Stack.of(scope).format_arn(
        service="lambda", resource="function", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def functions_of(construct: IConstruct) -> list[Function]:
    """Return all functions below a construct, in the order of their names."""
    found = [each for each in construct.node.find_all() if isinstance(each, Function)]
    return sorted(found, key=lambda function: function.node.id)


def log_groups_of(construct: IConstruct) -> list[logs.LogGroup]:
    """Return all log groups below a construct."""
    return [each for each in construct.node.find_all() if isinstance(each, logs.LogGroup)]


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()

"""The one key, made here or given: it encrypts tables, queues, topics, the secrets and the logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from aws_cdk import Annotations, ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from greenroom_cdk.settings import Settings

# What who sends needs of the key of a queue or a topic, and what who receives from a queue needs:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
TO_SEND = ("kms:Decrypt", "kms:GenerateDataKey")
TO_RECEIVE = ("kms:Decrypt",)


class Caller(Protocol):
    """A function or a state machine."""

    def add_to_role_policy(self, statement: iam.PolicyStatement) -> None: ...


class Key(kms.Key):
    """AWS's services use it for this account only; a function opens with it only what it is linked to."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Greenroom: requests, stream URLs, messages and logs",
            enable_key_rotation=True,
            removal_policy=settings.removal_policy,
        )
        let_services_in(self, scope)


def grant_by_way_of(key: kms.IKey, caller: Caller, service: str, actions: Sequence[str]) -> None:
    """Let somebody use the key, but only through calls of one service, such as `dynamodb`.

    Lambda reads a queue or a stream, and keeps what a function could not handle, by calls of that service with the
    function's role, as the function would, so that the condition holds there too:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    statement = iam.PolicyStatement(actions=list(actions), conditions=by_way_of(service), resources=[key.key_arn])
    caller.add_to_role_policy(statement)


def by_way_of(service: str) -> dict[str, dict[str, str]]:
    """Return the condition that a key is used through calls of one service of this region.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    # With the partition's suffix: in China a service's name ends in `.amazonaws.com.cn`.
    return {"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.{Aws.URL_SUFFIX}"}}


def let_services_in(key: kms.IKey, scope: Construct) -> None:
    """Let AWS's services encrypt by the key for this account. A warning has the statements that we cannot add.

    An imported key keeps its policy, and CloudFormation would fail at the first log group: CloudWatch Logs asks for the
    key's own permission.
    """
    statements = list(_for_services(Stack.of(scope)))
    left = [item for item in statements if not key.add_to_resource_policy(item).statement_added]
    if left:
        needed = json.dumps(Stack.of(scope).resolve([item.to_statement_json() for item in left]))
        Annotations.of(scope).add_warning_v2(
            "greenroom:key-policy",
            "The policy of the key that Greenroom was given must have these statements, as CloudFormation writes them: "
            + needed,
        )


def _for_services(stack: Stack) -> Iterator[iam.PolicyStatement]:
    """Let this account's log groups and alarms, and events, use the key."""
    groups = stack.format_arn(service="logs", resource="log-group:*", arn_format=ArnFormat.NO_RESOURCE_NAME)
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    yield _statement(
        f"logs.{stack.region}.{stack.url_suffix}",
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    of_ours = {"StringEquals": {"aws:SourceAccount": stack.account}}
    yield _statement("cloudwatch.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey*"], of_ours)
    # A rule writes to an encrypted queue, and the guides have no condition for it on the key; a condition that
    # EventBridge does not fill in would drop each event. Which rules may write, the queue's own policy says.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    yield _statement("events.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey"])


def _statement(
    service: str, actions: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(actions), conditions=conditions, principals=[iam.ServicePrincipal(service)], resources=["*"]
    )

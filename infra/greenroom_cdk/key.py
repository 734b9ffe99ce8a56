"""The one key: it encrypts tables, queues, topics, the secret and the logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from greenroom_cdk.settings import Settings


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
        self._let_services_in()

    def link_by_way_of(self, caller: Caller, service: str, actions: Sequence[str]) -> None:
        """Let somebody use the key, but only through calls of one service, such as `dynamodb`."""
        stack = Stack.of(self)
        # With the partition's suffix: in China a service's name ends in `.amazonaws.com.cn`.
        via = {"StringEquals": {"kms:ViaService": f"{service}.{stack.region}.{stack.url_suffix}"}}
        caller.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[self.key_arn], conditions=via))

    def _let_services_in(self) -> None:
        """For this account's log groups, alarms and events, and for no other account's."""
        stack = Stack.of(self)
        groups = stack.format_arn(service="logs", resource="log-group:*", arn_format=ArnFormat.NO_RESOURCE_NAME)
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        self._let_in(
            f"logs.{stack.region}.{stack.url_suffix}",
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
        for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
            of_ours = {"StringEquals": {"aws:SourceAccount": stack.account}}
            self._let_in(service, ["kms:Decrypt", "kms:GenerateDataKey*"], of_ours)

    def _let_in(self, service: str, actions: Sequence[str], conditions: Mapping[str, Any]) -> None:
        self.add_to_resource_policy(
            iam.PolicyStatement(
                actions=list(actions),
                conditions=conditions,
                principals=[iam.ServicePrincipal(service)],
                resources=["*"],
            )
        )

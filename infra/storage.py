"""The key, and the two tables: what was asked and how it went, and, apart from it, the URLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

OWNER_INDEX = "owner"
DEADLINE_INDEX = "deadline"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
_KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")


class Storage(Construct):
    """`key` encrypts all that is kept; `requests` streams its changes; `connections` holds URLs till they expire."""

    def __init__(self, scope: Construct, construct_id: str, *, removal_policy: RemovalPolicy) -> None:
        super().__init__(scope, construct_id)
        self._removal_policy = removal_policy
        self.key = kms.Key(
            self,
            "Key",
            description="Greenroom: requests, stream URLs, messages and logs",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        self._grant_to_services()
        self.requests = self._table("Requests", stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES)
        self._index(OWNER_INDEX, "owner", "createdAt", dynamodb.ProjectionType.ALL)
        self._index(DEADLINE_INDEX, "pending", "deadlineAt", dynamodb.ProjectionType.KEYS_ONLY)
        self.connections = self._table("Connections")

    def _table(self, construct_id: str, stream: dynamodb.StreamViewType | None = None) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            construct_id,
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=self._removal_policy,
            stream=stream,
            time_to_live_attribute="ttl",
        )

    def _index(self, name: str, key: str, sort_key: str, projection: dynamodb.ProjectionType) -> None:
        """An index of the requests that have both attributes: those of owners, and those that are pending."""
        self.requests.add_global_secondary_index(
            index_name=name,
            partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=sort_key, type=dynamodb.AttributeType.STRING),
            projection_type=projection,
        )

    def grant_query(self, grantee: iam.IGrantable, index: str) -> None:
        """Let a function query one index of the requests."""
        self._allow(grantee, ["dynamodb:Query"], f"{self.requests.table_arn}/index/{index}")

    def follow_changes(
        self,
        function: lambda_.Function,
        *patterns: Mapping[str, Any],
        dead_letter_queue: sqs.IQueue,
    ) -> None:
        """Call a function for each change of a request that fits one of the patterns (of the change's two images).

        It is called again until it succeeds or the change is a day old. A stream serves two such readers, no more.
        """
        function.add_event_source(
            event_sources.DynamoEventSource(
                self.requests,
                batch_size=10,
                bisect_batch_on_error=True,
                filters=[
                    lambda_.FilterCriteria.filter({"eventName": ["MODIFY"], "dynamodb": pattern})
                    for pattern in patterns
                ],
                on_failure=event_sources.SqsDlq(dead_letter_queue),
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            )
        )

    def _grant_to_services(self) -> None:
        """Let AWS's services use the key for this account only: for its log groups, its alarms and its events."""
        stack = Stack.of(self)
        groups = stack.format_arn(service="logs", resource="log-group:*", arn_format=ArnFormat.NO_RESOURCE_NAME)
        self._grant_to_service(
            f"logs.{stack.region}.amazonaws.com",
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
        for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
            of_ours = {"StringEquals": {"aws:SourceAccount": stack.account}}
            self._grant_to_service(service, ["kms:Decrypt", "kms:GenerateDataKey*"], of_ours)

    def _grant_to_service(self, service: str, actions: Sequence[str], conditions: Mapping[str, Any]) -> None:
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=list(actions),
                conditions=conditions,
                principals=[iam.ServicePrincipal(service)],
                resources=["*"],
            )
        )

    def grant_requests(self, grantee: iam.IGrantable, *actions: str) -> None:
        self._grant(self.requests, grantee, actions)

    def grant_connections(self, grantee: iam.IGrantable, *actions: str) -> None:
        self._grant(self.connections, grantee, actions)

    def _grant(self, table: dynamodb.Table, grantee: iam.IGrantable, actions: Sequence[str]) -> None:
        self._allow(grantee, actions, table.table_arn)

    def _allow(self, grantee: iam.IGrantable, actions: Sequence[str], resource: str) -> None:
        """Exactly these actions on exactly this resource, and the key, only by way of DynamoDB."""
        via_dynamodb = {"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(self).region}.amazonaws.com"}}
        for statement in (
            iam.PolicyStatement(actions=list(actions), resources=[resource]),
            iam.PolicyStatement(actions=list(_KEY_ACTIONS), resources=[self.key.key_arn], conditions=via_dynamodb),
        ):
            grantee.grant_principal.add_to_principal_policy(statement)

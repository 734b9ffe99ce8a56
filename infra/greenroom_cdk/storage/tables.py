"""Tables that grant functions the address, the permission and the key in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import Duration, Names
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from greenroom.record.items import Attribute
from greenroom_cdk.functions import Function
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.key import Caller, grant_by_way_of

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
_LONGEST_RETRY = Duration.hours(1)
# Lambda does not say how fast it retries. One attempt a second is more than it makes, so the hour decides.
_RETRIES = int(_LONGEST_RETRY.to_seconds())


class Table(dynamodb.Table):
    """Keyed by `id`; its items go when their `ttl` is over. Functions know its name by `variable`.

    `changing`: the attributes of an item that may change after it was put, as patterns; without it, all. `recoverable`:
    whether what was deleted can be brought back for a while. `warm`: the write units a second that it takes at once.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        settings: Settings,
        variable: str,
        stream: dynamodb.StreamViewType | None = None,
        changing: Sequence[str] = (),
        recoverable: bool = True,
        warm: int | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=_text(Attribute.ID),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=recoverable
            ),
            removal_policy=settings.removal_policy,
            stream=stream,
            time_to_live_attribute=Attribute.TTL,
            warm_throughput=dynamodb.WarmThroughput(write_units_per_second=warm) if warm else None,
        )
        self._key = key
        self._variable = variable
        self._changing = changing

    def grant_calls(self, function: Function, *operations: str) -> None:
        """Let a function make these calls, such as `GetItem`, on the table itself."""
        self._grant(function, operations)

    def grant_items(self, function: Function, *operations: str, ids: Sequence[str]) -> None:
        """Let a function make these calls on the items whose ids fit one of the patterns, and on no others.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        """
        self._grant(function, operations, conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(ids)}})

    def grant_other_items(self, function: Function, *operations: str, ids: Sequence[str]) -> None:
        """Let a function make these calls on the items whose ids fit none of the patterns."""
        self._grant(
            function, operations, conditions={"ForAllValues:StringNotLike": {"dynamodb:LeadingKeys": list(ids)}}
        )

    def grant_attributes(self, function: Function, names: Sequence[str]) -> None:
        """Let a function read these attributes of an item, and no others.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        """
        conditions = {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": list(names)},
            "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        }
        self._grant(function, ["GetItem"], conditions=conditions)

    def allow(
        self,
        caller: Caller,
        *operations: str,
        resource: str | None = None,
        conditions: Mapping[str, Any] | None = None,
    ) -> None:
        """Let somebody make these calls who knows the table's name already. What is written once, stays."""
        arn = resource or self.table_arn
        free = [name for name in operations if name != "UpdateItem" or not self._changing]
        if free:
            caller.add_to_role_policy(_statement(free, arn, conditions))
        if len(free) < len(operations):
            caller.add_to_role_policy(_statement(["UpdateItem"], arn, _changes_of(self._changing)))
        grant_by_way_of(self._key, caller, "dynamodb", KEY_ACTIONS)

    def _grant(
        self,
        function: Function,
        operations: Sequence[str],
        *,
        resource: str | None = None,
        conditions: Mapping[str, Any] | None = None,
    ) -> None:
        function.set_environment(**{self._variable: self.table_name})
        self.allow(function, *operations, resource=resource, conditions=conditions)

    def add_follower(
        self,
        function: Function,
        *patterns: Mapping[str, Any],
        max_record_age: Duration = _LONGEST_RETRY,
        **more: Any,
    ) -> None:
        """Call a function for each change of an item that fits one of the patterns (of the change's two images).

        A change that it does not handle within `max_record_age` is given up, so that it cannot hold up its shard for a
        day.
        Nothing is lost with it: the item itself still says what has to be done. A stream serves two readers, no
        more: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
        """
        names = ["INSERT", "MODIFY"]
        filters = [lambda_.FilterCriteria.filter({"eventName": names, "dynamodb": pattern}) for pattern in patterns]
        # As CDK's DynamoEventSource names it: under another name an update would make a second mapping of the two,
        # which Lambda refuses, before it deletes the first.
        function.add_event_source_mapping(
            f"DynamoDBEventSource:{Names.node_unique_id(self.node)}",
            bisect_batch_on_error=True,
            event_source_arn=self.table_stream_arn,
            filters=filters,
            max_record_age=max_record_age,
            report_batch_item_failures=True,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            **{"batch_size": 10, "retry_attempts": _RETRIES, **more},
        )
        self._let_follow(function)

    def _let_follow(self, function: Function) -> None:
        """Let Lambda read the table's stream for a function.

        On the stream, as AWS has it; CDK's grant allows ListStreams on every resource:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
        """
        reads = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        function.let_lambda([f"dynamodb:{read}" for read in reads], [cast("str", self.table_stream_arn)])
        grant_by_way_of(self._key, function, "dynamodb", KEY_ACTIONS)

    def add_index(self, name: str, key: str, sort_key: str, *more: str, whole: bool = False) -> None:
        """Index the items that have both attributes, and no others. `more`: what an entry has beside keys.

        `whole`: project every attribute, so that each change of the item is written once more.
        """
        kinds = dynamodb.ProjectionType
        self.add_global_secondary_index(
            index_name=name,
            partition_key=_text(key),
            sort_key=_text(sort_key),
            projection_type=kinds.ALL if whole else kinds.INCLUDE if more else kinds.KEYS_ONLY,
            non_key_attributes=list(more) or None,
        )

    def grant_index(self, function: Function, index: str) -> None:
        """Let a function query one index."""
        self._grant(function, ["Query"], resource=f"{self.table_arn}/index/{index}")


def _statement(operations: Sequence[str], arn: str, conditions: Mapping[str, Any] | None) -> iam.PolicyStatement:
    actions = [f"dynamodb:{operation}" for operation in operations]
    return iam.PolicyStatement(actions=actions, conditions=conditions, resources=[arn])


def _changes_of(names: Sequence[str]) -> Mapping[str, Any]:
    """Return the conditions of an update that names no other attributes, and reads none.

    DynamoDB fills `dynamodb:Attributes` with the top-level attributes that a call names, in its key, its update and its
    condition. What the call returns is not among them.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return {
        "ForAllValues:StringLike": {"dynamodb:Attributes": list(names)},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]},
    }


def _text(attribute: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=attribute, type=dynamodb.AttributeType.STRING)

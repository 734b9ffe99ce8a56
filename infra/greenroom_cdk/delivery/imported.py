"""The topic and the bus that an app brings along: what they must be, and what the app alone can add to them."""

from __future__ import annotations

import json

from aws_cdk import Annotations, Aws, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from greenroom_cdk.storage.key import TO_SEND


def check_topic(topic: sns.ITopic, scope: Construct) -> None:
    """Warn of the statements that the policies of the topic and of its key must have, where we cannot add them.

    Another account or app made these policies. Raise ValueError for a topic of another region.
    """
    stack = Stack.of(scope)
    if _differ(topic.env.region, stack.region):
        raise ValueError(f"topic: {topic.topic_arn} is in another region than the stack {stack.stack_name}")
    if _differ(topic.env.account, stack.account):
        needed = _statement(stack, ["sns:Publish"], topic.topic_arn)
        _warn(
            scope,
            "topic-policy",
            f"The policy of the topic that Greenroom was given must have this statement: {needed}",
        )
    _check_key(topic, scope)


def check_bus(bus: events.IEventBus, scope: Construct) -> None:
    """Raise ValueError for a bus of another account or region: a rule must be where its bus is.

    The bus's key needs nothing of ours: EventBridge itself encrypts what is put.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
    """
    stack = Stack.of(scope)
    if _differ(bus.env.account, stack.account) or _differ(bus.env.region, stack.region):
        raise ValueError(f"bus: {bus.event_bus_arn} is in another account or region than the stack {stack.stack_name}")


def _check_key(topic: sns.ITopic, scope: Construct) -> None:
    """Warn unless the app makes the topic's key, or makes the topic without one.

    A publisher to an encrypted topic needs its key, and fails without it only when it publishes:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    key = topic.master_key
    if isinstance(key, kms.Key) or (key is None and isinstance(topic, sns.Topic)):
        return
    needed = _statement(Stack.of(scope), list(TO_SEND), "*", by_way_of="sns")
    if key:
        text = f"The policy of the key of the topic that Greenroom was given must have this statement: {needed}"
    else:
        text = (
            "If the topic that Greenroom was given is encrypted, name its key, so that the functions may use it "
            "(Topic.from_topic_attributes has `key_arn`); the policy of this key must have this statement: " + needed
        )
    _warn(scope, "topic-key", text)


def _statement(stack: Stack, actions: list[str], resource: str, *, by_way_of: str | None = None) -> str:
    """Return a statement for the stack's account, as JSON: our roles' names are known only at deployment."""
    via = f"{by_way_of}.{stack.region}.{Aws.URL_SUFFIX}"
    statement = iam.PolicyStatement(
        actions=actions,
        conditions={"StringEquals": {"kms:ViaService": via}} if by_way_of else {},
        principals=[iam.AccountPrincipal(stack.account)],
        resources=[resource],
    )
    return json.dumps(stack.resolve(statement.to_statement_json()))


def _warn(scope: Construct, name: str, text: str) -> None:
    Annotations.of(scope).add_warning_v2(f"greenroom:{name}", text)


def _differ(one: str, other: str) -> bool:
    """Return whether two values differ; False if that is known only at deployment."""
    return one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)

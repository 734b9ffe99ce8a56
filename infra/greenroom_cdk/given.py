"""The topic and the bus that an app brings along: what they must be, and what the app alone can add to them."""

from __future__ import annotations

import json

from aws_cdk import Annotations, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct


def check_topic(topic: sns.ITopic, scope: Construct) -> None:
    """A topic of another account must let this one publish: a warning says so. ValueError for another region's."""
    stack = Stack.of(scope)
    if _differ(topic.env.region, stack.region):
        raise ValueError(f"topic: {topic.topic_arn} is in another region than the stack {stack.stack_name}")
    if _differ(topic.env.account, stack.account):
        needed = iam.PolicyStatement(
            actions=["sns:Publish"], principals=[iam.AccountPrincipal(stack.account)], resources=[topic.topic_arn]
        )
        Annotations.of(scope).add_warning_v2(
            "greenroom:topic-policy",
            "The policy of the topic that Greenroom was given must have this statement, and its key a like one: "
            + json.dumps(stack.resolve(needed.to_statement_json())),
        )


def check_bus(bus: events.IEventBus, scope: Construct) -> None:
    """A rule is made where its bus is. ValueError for a bus of another account or region."""
    stack = Stack.of(scope)
    if _differ(bus.env.account, stack.account) or _differ(bus.env.region, stack.region):
        raise ValueError(f"bus: {bus.event_bus_arn} is in another account or region than the stack {stack.stack_name}")


def _differ(one: str, other: str) -> bool:
    """False where it is known only at deployment."""
    return one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)

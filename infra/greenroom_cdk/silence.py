"""What shows that something which must run does not: no failure is counted where nothing is tried.

Each function here returns a metric of one thing; `monitoring.py` makes the alarms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import IConstruct

from greenroom_cdk.functions import Function, functions_of
from greenroom_cdk.own_metrics import FIVE_MINUTES

# An alarm computes a value from so many metrics at most:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MOST_METRICS = 10


def mappings_of(construct: IConstruct) -> Iterator[tuple[Function, lambda_.CfnEventSourceMapping]]:
    """Return each function below a construct that follows a queue or a table, with the mapping that calls it."""
    for function in functions_of(construct):
        for each in function.node.find_all():
            if isinstance(each, lambda_.CfnEventSourceMapping):
                yield function, each


def polls(mapping: lambda_.CfnEventSourceMapping) -> cloudwatch.Metric:
    """Return how often a mapping polled, whether there was anything or not: not at all while it is disabled.

    A poll that brings nothing is a value of 0. Lambda counts for those who ask for it, which this does:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    mapping.metrics_config = lambda_.CfnEventSourceMapping.MetricsConfigProperty(metrics=["EventCount"])
    return cloudwatch.Metric(
        dimensions_map={"EventSourceMappingUUID": mapping.ref},
        metric_name="PolledEventCount",
        namespace="AWS/Lambda",
        period=FIVE_MINUTES,
        statistic="SampleCount",
    )


def rules_of(construct: IConstruct) -> list[events.Rule]:
    """Return the rules below a construct."""
    return [each for each in construct.node.find_all() if isinstance(each, events.Rule)]


def undelivered(rule: events.Rule) -> cloudwatch.MathExpression:
    """Return how many events of a rule did not come to its target for good, or not even into its dead-letter queue.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    dimensions = _dimensions(rule)
    metrics = {
        name: cloudwatch.Metric(
            dimensions_map=dimensions, metric_name=metric, namespace="AWS/Events", period=FIVE_MINUTES, statistic="Sum"
        )
        for name, metric in {"failed": "FailedInvocations", "lost": "InvocationsFailedToBeSentToDlq"}.items()
    }
    return total(metrics, label="events that were not delivered")


def has_events_to_keep(function: Function) -> bool:
    """Return whether Lambda calls a function for events that somebody sent and forgot, and keeps those that fail."""
    return function.node.try_find_child("EventInvokeConfig") is not None


def not_kept(function: Function) -> cloudwatch.Metric:
    """Return how many events that a function could not handle Lambda could not keep either.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    return function.metric("DestinationDeliveryFailures", period=FIVE_MINUTES, statistic="Sum")


def throttles(functions: Sequence[Function]) -> cloudwatch.MathExpression:
    """Return how often Lambda had no room for some of these functions. ValueError for more than an alarm can watch."""
    if len(functions) > MOST_METRICS:
        raise ValueError(f"An alarm watches {MOST_METRICS} metrics at most, not {len(functions)}")
    metrics = {
        f"{function.node.id[0].lower()}{function.node.id[1:]}": function.metric_throttles(period=FIVE_MINUTES)
        for function in functions
    }
    return total(metrics, label="throttled calls of functions")


def broken(machine: sfn.StateMachine) -> cloudwatch.MathExpression:
    """Return how many executions failed or ran out of time. Somebody stops those that are aborted."""
    metrics = {
        "failed": machine.metric_failed(period=FIVE_MINUTES, statistic="Sum"),
        "timed_out": machine.metric_timed_out(period=FIVE_MINUTES, statistic="Sum"),
    }
    return total(metrics, label="executions that broke off")


def total(metrics: dict[str, cloudwatch.Metric], *, label: str) -> cloudwatch.MathExpression:
    """Return the sum of metrics that have values only where something has happened."""
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in metrics),
        label=label,
        period=FIVE_MINUTES,
        using_metrics=dict(metrics),
    )


def _dimensions(rule: events.Rule) -> dict[str, str]:
    """A rule of the default bus is counted by its name, another by its bus and its name.

    Its ARN ends in `rule/NAME` or `rule/BUS/NAME`; what Ref gives of it is another text for each of them.
    """
    bus = cast("events.CfnRule", rule.node.default_child).event_bus_name
    parts = Fn.split("/", rule.rule_arn)
    if bus in (None, "default"):
        return {"RuleName": Fn.select(1, parts)}
    return {"EventBusName": Fn.select(1, parts), "RuleName": Fn.select(2, parts)}

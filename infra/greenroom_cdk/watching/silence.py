"""What shows that something which must run does not: no failure is counted where nothing is tried.

Each function here returns one metric, of several things where one page is for all of them; `monitoring.py` makes the
alarms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import IConstruct

from greenroom_cdk.functions import Function, functions_of
from greenroom_cdk.watching.own_metrics import FIVE_MINUTES

# An alarm computes a value from so many metrics at most:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MOST_METRICS = 10


def runs(function: Function) -> cloudwatch.MathExpression:
    """Return how often a function was called; 0 where it was not."""
    metrics = {_id_of(function): function.metric_invocations(period=FIVE_MINUTES)}
    return _total(metrics, label=f"runs of {function.node.id}")


def polls(construct: IConstruct) -> cloudwatch.MathExpression:
    """Return how often the one of the event source mappings below a construct polled that polled least.

    A poll that brings nothing is a value of 0, and a mapping that is disabled has none. Lambda counts the polls of
    mappings that ask for it, as these do from here on:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    metrics = {}
    for function in functions_of(construct):
        for each in function.node.find_all():
            if isinstance(each, lambda_.CfnEventSourceMapping):
                each.metrics_config = lambda_.CfnEventSourceMapping.MetricsConfigProperty(metrics=["EventCount"])
                metrics[_id_of(function)] = cloudwatch.Metric(
                    dimensions_map={"EventSourceMappingUUID": each.ref},
                    metric_name="PolledEventCount",
                    namespace="AWS/Lambda",
                    period=FIVE_MINUTES,
                    statistic="SampleCount",
                )
    expression = f"MIN([{', '.join(_filled(metrics))}])"
    return _computed(expression, metrics, label="polls of the mapping with the fewest")


def undelivered(construct: IConstruct) -> cloudwatch.MathExpression:
    """Return how many events of the rules below a construct came neither to their targets nor into a queue.

    Those of schedules say nothing and are not kept; what another rule's target does not take is in its dead-letter
    queue, unless that does not take it either.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    rules = [each for each in construct.node.find_all() if isinstance(each, events.Rule)]
    metrics = {
        f"rule{number}": cloudwatch.Metric(
            dimensions_map=_dimensions(rule),
            metric_name="FailedInvocations"
            if _resource(rule).schedule_expression
            else "InvocationsFailedToBeSentToDlq",
            namespace="AWS/Events",
            period=FIVE_MINUTES,
            statistic="Sum",
        )
        for number, rule in enumerate(rules)
    }
    return _total(metrics, label="events that were lost")


def not_kept(construct: IConstruct) -> cloudwatch.MathExpression:
    """Return how many events that functions below a construct could not handle Lambda could not keep either.

    It keeps those of the functions with a destination:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    metrics = {
        _id_of(function): function.metric("DestinationDeliveryFailures", period=FIVE_MINUTES, statistic="Sum")
        for function in functions_of(construct)
        if function.node.try_find_child("EventInvokeConfig")
    }
    return _total(metrics, label="events that were not kept")


def throttles(functions: Sequence[Function]) -> cloudwatch.MathExpression:
    """Return how often Lambda had no room for some of these functions."""
    metrics = {_id_of(function): function.metric_throttles(period=FIVE_MINUTES) for function in functions}
    return _total(metrics, label="throttled calls of functions")


def broken(machine: sfn.StateMachine) -> cloudwatch.MathExpression:
    """Return how many executions failed or ran out of time. Somebody stops those that are aborted."""
    metrics = {
        "failed": machine.metric_failed(period=FIVE_MINUTES, statistic="Sum"),
        "timed_out": machine.metric_timed_out(period=FIVE_MINUTES, statistic="Sum"),
    }
    return _total(metrics, label="executions that broke off")


def _total(metrics: Mapping[str, cloudwatch.IMetric], *, label: str) -> cloudwatch.MathExpression:
    """Return the sum of metrics that have values only where something has happened."""
    return _computed(" + ".join(_filled(metrics)), metrics, label=label)


def _filled(names: Iterable[str]) -> list[str]:
    """Return metrics whose missing values are 0.

    For an alarm, CloudWatch goes back beyond the periods that it asks for, to values that there are. A silence would
    be noticed only when those are out of its range, ten minutes later.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    return [f"FILL({name}, 0)" for name in names]


def _computed(expression: str, metrics: Mapping[str, cloudwatch.IMetric], *, label: str) -> cloudwatch.MathExpression:
    """Raise ValueError for more metrics than an alarm can watch, before CloudFormation does in the deployment."""
    if len(metrics) > MOST_METRICS:
        raise ValueError(f"{label}: an alarm watches {MOST_METRICS} metrics at most, not {len(metrics)}")
    return cloudwatch.MathExpression(
        expression=expression, label=label, period=FIVE_MINUTES, using_metrics=dict(metrics)
    )


def _id_of(function: Function) -> str:
    """Return a function's name as metric math takes it, with a small letter first."""
    name = function.node.id
    return f"{name[0].lower()}{name[1:]}"


def _dimensions(rule: events.Rule) -> dict[str, str]:
    """Return a rule's dimensions: its name on the default bus, else its bus and its name.

    Its ARN ends in `rule/NAME` or `rule/BUS/NAME`; what Ref gives of it is another text for each of them.
    """
    bus = _resource(rule).event_bus_name
    parts = Fn.split("/", rule.rule_arn)
    if bus in (None, "default"):
        return {"RuleName": Fn.select(1, parts)}
    return {"EventBusName": Fn.select(1, parts), "RuleName": Fn.select(2, parts)}


def _resource(rule: events.Rule) -> events.CfnRule:
    return cast("events.CfnRule", rule.node.default_child)

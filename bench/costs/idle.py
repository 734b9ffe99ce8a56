"""The cost of a deployment beside its streams: in a month without any, and in an hour in which some come."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

from bench import prices
from bench.costs.bill import Line, gigabyte_seconds
from bench.costs.meter import Counted, Cpu, Meter
from bench.costs.stage import VARIABLES
from bench.prices import HOURS_A_MONTH
from simulation.process import environment, functions
from simulation.wire import answered

SWEEPS = HOURS_A_MONTH * 12
# Lambda keeps five polls of a queue open, of 20 s each:
# https://aws.amazon.com/blogs/aws/aws-lambda-adds-amazon-simple-queue-service-to-supported-event-sources/
POLLS = 5 * 3 * 60 * HOURS_A_MONTH
# A query that finds nothing, of an index, which is never consistent.
QUERY_UNITS = 0.5
# A method's metrics: Count, Latency, IntegrationLatency, 4XXError and 5XXError:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
METHOD_METRICS = 5

Stack = Mapping[str, Any]


def idle(stack: Stack) -> list[Line]:
    """Return the lines of a month. What is kept costs by its size, and empty tables have none."""
    sweep, cpu = _sweep()
    return [
        Line("KMS", len(_all(stack, "AWS::KMS::Key")), prices.KMS_KEY),
        Line("Secrets Manager", len(_all(stack, "AWS::SecretsManager::Secret")), prices.SECRET),
        Line("CloudWatch", _alarm_metrics(stack), prices.ALARM),
        Line("CloudWatch", len(_all(stack, "AWS::CloudWatch::Dashboard")), prices.DASHBOARD),
        Line("SQS", POLLS * _polled_queues(stack), prices.SQS_REQUEST),
        Line("Lambda", SWEEPS, prices.LAMBDA_REQUEST),
        Line("Lambda", SWEEPS * gigabyte_seconds(sweep, cpu), prices.LAMBDA_DURATION),
        Line("DynamoDB", SWEEPS * QUERY_UNITS * sweep.count("dynamodb", "Query"), prices.READ_UNIT),
        Line("KMS", SWEEPS, prices.KMS_REQUEST),
        Line("CloudWatch Logs", SWEEPS * sweep.log_bytes, prices.LOG_INGESTION),
        Line("X-Ray", SWEEPS, prices.TRACE),
    ]


def by_the_hour(stack: Stack, counted: Counted, methods: int) -> list[Line]:
    """Return the lines of an hour in which such requests come, by so many methods of the API.

    A metric costs by the hours in which it has values, however many.
    """
    detailed = any(
        setting.get("MetricsEnabled", False)
        for stage in _all(stack, "AWS::ApiGateway::Stage")
        for setting in stage["Properties"].get("MethodSettings", [])
    )
    return [
        Line("CloudWatch", len(counted.metrics), prices.METRIC_HOUR),
        Line("API Gateway's metrics by method", methods * METHOD_METRICS * detailed, prices.METRIC_HOUR),
    ]


def _all(stack: Stack, kind: str) -> list[Mapping[str, Any]]:
    return [resource for resource in stack["Resources"].values() if resource["Type"] == kind]


def _alarm_metrics(stack: Stack) -> int:
    """Return how many metrics the alarms watch: one that computes its value watches each that it reads."""
    alarms = [alarm["Properties"] for alarm in _all(stack, "AWS::CloudWatch::Alarm")]
    return sum(sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1 for alarm in alarms)


def _polled_queues(stack: Stack) -> int:
    """Return how many queues Lambda polls; it follows streams of tables too."""
    sources = [each["Properties"]["EventSourceArn"] for each in _all(stack, "AWS::Lambda::EventSourceMapping")]
    queues = {name for name, each in stack["Resources"].items() if each["Type"] == "AWS::SQS::Queue"}
    return sum(source["Fn::GetAtt"][0] in queues for source in sources)


def _sweep() -> tuple[Counted, Cpu]:
    """Run Sweep a few times, with nothing to find; what is counted is one run."""
    meter = Meter(output := io.StringIO())
    nothing = meter.service(
        "dynamodb", lambda _model, _params: (SimpleNamespace(status_code=200, headers={}), {"Items": []})
    )
    with environment(VARIABLES), answered({"dynamodb": nothing}), redirect_stdout(output):
        sweep = meter.handler("Sweep", functions(["Sweep"], VARIABLES)["Sweep"])
        for _ in range(5):
            meter.reset()
            sweep({})
    return meter.counted, meter.cpu

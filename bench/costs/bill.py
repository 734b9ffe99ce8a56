"""From what was counted to what it costs, line by line: of a stream, of a month without any, of an hour with some."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.costs.meter import Counted
from bench.prices import HOURS_A_MONTH, Price
from greenroom_cdk.settings import Settings

# A log event of a state machine without data, and a line of the API's access log, with what CloudWatch adds.
STATE_EVENT_BYTES, ACCESS_LINE_BYTES = 400, 400
# Keys are cached, and X-Ray records the first trace of each second and 5 % of the others:
# https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
KMS_BUSY, TRACES_BUSY = 0.0, 0.05
RETENTION_MONTHS = Settings().record_retention_days * 12 / 365
# What the index `owned` has of a record, with the 100 bytes that DynamoDB counts for each entry:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.StorageConsiderations
ENTRY_BYTES = 300
SWEEPS = HOURS_A_MONTH * 12
# Lambda keeps five polls of a queue open, of 20 s each:
# https://aws.amazon.com/blogs/aws/aws-lambda-adds-amazon-simple-queue-service-to-supported-event-sources/
POLLS = 5 * 3 * 60 * HOURS_A_MONTH
# A query that finds nothing, of an index, which is never consistent.
QUERY_UNITS = 0.5
# A method's metrics: Count, Latency, IntegrationLatency, 4XXError and 5XXError:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
METHOD_METRICS = 5
# The methods of the API that a request uses: POST, and GET of the one.
METHODS = 2
# The least that Express bills: 64 MB, for as long as it runs, its waits too.
EXPRESS_GIGABYTES = 64 / 1024
# An Express workflow ends after five minutes: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
EXPRESS_SECONDS = 300
# Per look, in the ASL: a Wait, a Task, a Choice. Around the nested loop: the Task that runs it, and a Choice.
TRANSITIONS_A_LOOK, TRANSITIONS_AROUND_EXPRESS = 3, 2
# A durable function's operations: its start, a step for each of AcceptRequest, PrepareSession and RecordReady, and
# for each look a wait and a step.
OPERATIONS, OPERATIONS_A_LOOK = 4, 2
# What each step keeps of its result, for the 30 days that are kept.
STEP_BYTES = 1024

Stack = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """So many units of a service at a price. `busy`: the share of them that is left where streams come all the time."""

    service: str
    count: float
    price: Price
    busy: float = 1.0

    @property
    def dollars(self) -> float:
        return self.price.of(self.count)

    @property
    def busy_dollars(self) -> float:
        return self.dollars * self.busy


def total(lines: Sequence[Line]) -> float:
    return sum(line.dollars for line in lines)


def bill(counted: Counted) -> list[Line]:
    """Every line, those with nothing too. Left out, as too small: data transfer, and keeping logs for a month."""
    kept = counted.record_bytes * RETENTION_MONTHS
    return [
        Line("Step Functions", counted.transitions, Price.STATE_TRANSITION),
        Line("API Gateway", counted.times("Api"), Price.API_REQUEST),
        Line("Lambda", counted.times(), Price.LAMBDA_REQUEST),
        Line("Lambda", counted.gigabyte_seconds, Price.LAMBDA_DURATION),
        Line("DynamoDB", counted.written(), Price.WRITE_UNIT),
        Line("DynamoDB", counted.read_units, Price.READ_UNIT),
        Line("DynamoDB", kept + ENTRY_BYTES * RETENTION_MONTHS * bool(kept), Price.STORAGE),
        Line("DynamoDB", kept, Price.RECOVERY),
        Line("SNS", counted.count("sns"), Price.SNS_REQUEST),
        Line("EventBridge", counted.count("eventbridge"), Price.EVENT),
        # Those of the functions, and Lambda's own two for each message: ReceiveMessage and DeleteMessage.
        Line("SQS", counted.count("sqs") + 2 * counted.times("Deliver"), Price.SQS_REQUEST),
        Line("Secrets Manager", counted.count("secrets-manager"), Price.SECRET_REQUEST),
        Line("KMS", _kms(counted), Price.KMS_REQUEST, busy=KMS_BUSY),
        Line("CloudWatch Logs", _log_bytes(counted), Price.LOG_INGESTION),
        # One for each call of the API, the POST's with the execution in it, and each function that follows from that.
        Line("X-Ray", counted.times("Api", "Announce", "Learn", "Deliver", "Reconcile"), Price.TRACE, busy=TRACES_BUSY),
    ]


def idle(stack: Stack, sweep: Counted) -> list[Line]:
    """Return the lines of a month, by one run of Sweep. What is kept costs by its size, and empty tables have none."""
    return [
        Line("KMS", len(_all(stack, "AWS::KMS::Key")), Price.KMS_KEY),
        Line("Secrets Manager", len(_all(stack, "AWS::SecretsManager::Secret")), Price.SECRET),
        Line("CloudWatch", _alarm_metrics(stack), Price.ALARM),
        Line("CloudWatch", len(_all(stack, "AWS::CloudWatch::Dashboard")), Price.DASHBOARD),
        Line("SQS", POLLS * _polled_queues(stack), Price.SQS_REQUEST),
        Line("Lambda", SWEEPS, Price.LAMBDA_REQUEST),
        Line("Lambda", SWEEPS * sweep.gigabyte_seconds, Price.LAMBDA_DURATION),
        Line("DynamoDB", SWEEPS * QUERY_UNITS * sweep.count("dynamodb", "Query"), Price.READ_UNIT),
        Line("KMS", SWEEPS, Price.KMS_REQUEST),
        Line("CloudWatch Logs", SWEEPS * sweep.log_bytes, Price.LOG_INGESTION),
        Line("X-Ray", SWEEPS, Price.TRACE),
    ]


def by_the_hour(stack: Stack, counted: Counted) -> list[Line]:
    """Return the lines of an hour in which such requests come.

    A metric costs by the hours in which it has values, however many.
    """
    detailed = any(
        setting.get("MetricsEnabled", False)
        for stage in _all(stack, "AWS::ApiGateway::Stage")
        for setting in stage["Properties"].get("MethodSettings", [])
    )
    return [
        Line("CloudWatch", len(counted.metrics), Price.METRIC_HOUR),
        Line("API Gateway's metrics by method", METHODS * METHOD_METRICS * detailed, Price.METRIC_HOUR),
    ]


def engines(counted: Counted) -> dict[str, float]:
    """Return what each engine alone costs for a stream, on paper; the first is ours."""
    if counted.execution is None:
        raise ValueError("no execution was counted")
    looks = counted.execution.states.count("GetStream")
    waited = counted.execution.ended - counted.execution.began
    nested = math.ceil(waited / EXPRESS_SECONDS)
    around = counted.transitions - TRANSITIONS_A_LOOK * looks + TRANSITIONS_AROUND_EXPRESS * nested
    operations = OPERATIONS + OPERATIONS_A_LOOK * looks
    kept = operations * STEP_BYTES
    return {
        "Standard, as it is": Price.STATE_TRANSITION.of(counted.transitions),
        "the poll loop in nested Express": Price.STATE_TRANSITION.of(around)
        + Price.EXPRESS_REQUEST.of(nested)
        + Price.EXPRESS_DURATION.of(EXPRESS_GIGABYTES * waited),
        "a durable function": Price.DURABLE_OPERATION.of(operations)
        + Price.DURABLE_WRITTEN.of(kept)
        + Price.DURABLE_RETAINED.of(kept),
    }


def _kms(counted: Counted) -> int:
    """One request for each table that somebody touches, each message and each secret, as if no key were cached.

    DynamoDB keeps a table's key for five minutes, SQS and SNS a data key too:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html,
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
    A message is encrypted (GenerateDataKey, and Decrypt to prove that it can be read) and decrypted.
    """
    messages = counted.count("sns") + counted.count("sqs", "SendMessage")
    followed = counted.times("Announce", "Learn")
    return len(counted.touched) + 3 * messages + counted.count("secrets-manager") + followed


def _log_bytes(counted: Counted) -> int:
    """The bytes that the functions, the state machine and the API write."""
    return counted.log_bytes + STATE_EVENT_BYTES * counted.history_events + ACCESS_LINE_BYTES * counted.times("Api")


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

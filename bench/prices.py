"""List prices in US dollars, us-west-2, without free tiers and discounts, and each price's own page.

Read in copies of the pages, of secondary sources for some, in 2026, not live; `python -m bench.costs` prints them.
"""

from __future__ import annotations

from enum import Enum

MILLION = 1_000_000
GIGABYTE = 1024**3
HOURS_A_MONTH = 730


class Price(Enum):
    """`dollars` for so many `units`, and the `page` of AWS that says so."""

    STATE_TRANSITION = (25.00, MILLION, "state transitions", "step-functions/pricing")
    EXPRESS_REQUEST = (1.00, MILLION, "Express executions", "step-functions/pricing")
    # The first tier. An execution is billed in steps of 100 ms and of 64 MB.
    EXPRESS_DURATION = (0.00001667, 1, "GB-seconds of Express", "step-functions/pricing")
    LAMBDA_REQUEST = (0.20, MILLION, "calls of functions", "lambda/pricing")
    LAMBDA_DURATION = (0.0000133334, 1, "GB-seconds, arm64", "lambda/pricing")
    DURABLE_OPERATION = (8.00, MILLION, "durable operations", "lambda/pricing")
    DURABLE_WRITTEN = (0.25, GIGABYTE, "bytes written by durable functions", "lambda/pricing")
    DURABLE_RETAINED = (0.15, GIGABYTE, "bytes kept by durable functions for a month", "lambda/pricing")
    API_REQUEST = (3.50, MILLION, "calls of a REST API", "api-gateway/pricing")
    WRITE_UNIT = (0.625, MILLION, "write request units", "dynamodb/pricing/on-demand")
    READ_UNIT = (0.125, MILLION, "read request units", "dynamodb/pricing/on-demand")
    # Lambda's own reading of a stream of a table is free: the same page.
    STORAGE = (0.25, GIGABYTE, "bytes in tables for a month", "dynamodb/pricing/on-demand")
    RECOVERY = (0.20, GIGABYTE, "bytes for point-in-time recovery, a month", "dynamodb/pricing/on-demand")
    SNS_REQUEST = (0.50, MILLION, "messages to SNS, of up to 64 KB", "sns/pricing")
    EVENT = (1.00, MILLION, "events of your own, of up to 64 KB", "eventbridge/pricing")
    SQS_REQUEST = (0.40, MILLION, "requests to SQS", "sqs/pricing")
    KMS_REQUEST = (0.03, 10_000, "requests to KMS", "kms/pricing")
    KMS_KEY = (1.00, 1, "keys a month", "kms/pricing")
    SECRET = (0.40, 1, "secrets a month", "secrets-manager/pricing")
    SECRET_REQUEST = (0.05, 10_000, "requests to Secrets Manager", "secrets-manager/pricing")
    LOG_INGESTION = (0.50, GIGABYTE, "bytes of logs", "cloudwatch/pricing")
    # By the metric that it watches.
    ALARM = (0.10, 1, "metrics of alarms a month", "cloudwatch/pricing")
    # The first three of an account are free.
    DASHBOARD = (3.00, 1, "dashboards a month", "cloudwatch/pricing")
    # By the hour in which one is sent.
    METRIC_HOUR = (0.30, HOURS_A_MONTH, "hours of a metric", "cloudwatch/pricing")
    TRACE = (5.00, MILLION, "traces", "xray/pricing")

    def __init__(self, dollars: float, units: float, unit: str, page: str) -> None:
        self.dollars = dollars
        self.units = units
        self.unit = unit
        self.page = f"https://aws.amazon.com/{page}/"

    def of(self, count: float) -> float:
        return self.dollars * count / self.units

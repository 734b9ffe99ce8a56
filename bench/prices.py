"""List prices in US dollars, us-west-2, without free tiers and discounts, and each price's own page.

Read in copies of the pages, of secondary sources for some, in 2026, not live; `python -m bench.costs` prints them.
"""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 1_000_000
GIGABYTE = 1024**3
HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Price:
    """`dollars` for so many `units`."""

    dollars: float
    units: float
    unit: str
    page: str

    def of(self, count: float) -> float:
        return self.dollars * count / self.units


STATE_TRANSITION = Price(25.00, MILLION, "state transitions", "https://aws.amazon.com/step-functions/pricing/")
EXPRESS_REQUEST = Price(1.00, MILLION, "Express executions", "https://aws.amazon.com/step-functions/pricing/")
# The first tier. An execution is billed in steps of 100 ms and of 64 MB.
EXPRESS_DURATION = Price(0.00001667, 1, "GB-seconds of Express", "https://aws.amazon.com/step-functions/pricing/")
LAMBDA_REQUEST = Price(0.20, MILLION, "calls of functions", "https://aws.amazon.com/lambda/pricing/")
LAMBDA_DURATION = Price(0.0000133334, 1, "GB-seconds, arm64", "https://aws.amazon.com/lambda/pricing/")
DURABLE_OPERATION = Price(8.00, MILLION, "durable operations", "https://aws.amazon.com/lambda/pricing/")
DURABLE_WRITTEN = Price(0.25, GIGABYTE, "bytes written by durable functions", "https://aws.amazon.com/lambda/pricing/")
DURABLE_RETAINED = Price(
    0.15, GIGABYTE, "bytes kept by durable functions for a month", "https://aws.amazon.com/lambda/pricing/"
)
API_REQUEST = Price(3.50, MILLION, "calls of a REST API", "https://aws.amazon.com/api-gateway/pricing/")
WRITE_UNIT = Price(0.625, MILLION, "write request units", "https://aws.amazon.com/dynamodb/pricing/on-demand/")
READ_UNIT = Price(0.125, MILLION, "read request units", "https://aws.amazon.com/dynamodb/pricing/on-demand/")
# Lambda's own reading of a stream of a table is free: the same page.
STORAGE = Price(0.25, GIGABYTE, "bytes in tables for a month", "https://aws.amazon.com/dynamodb/pricing/on-demand/")
RECOVERY = Price(
    0.20, GIGABYTE, "bytes for point-in-time recovery, a month", "https://aws.amazon.com/dynamodb/pricing/on-demand/"
)
SNS_REQUEST = Price(0.50, MILLION, "messages to SNS, of up to 64 KB", "https://aws.amazon.com/sns/pricing/")
EVENT = Price(1.00, MILLION, "events of one's own, of up to 64 KB", "https://aws.amazon.com/eventbridge/pricing/")
SQS_REQUEST = Price(0.40, MILLION, "requests to SQS", "https://aws.amazon.com/sqs/pricing/")
KMS_REQUEST = Price(0.03, 10_000, "requests to KMS", "https://aws.amazon.com/kms/pricing/")
KMS_KEY = Price(1.00, 1, "keys a month", "https://aws.amazon.com/kms/pricing/")
SECRET = Price(0.40, 1, "secrets a month", "https://aws.amazon.com/secrets-manager/pricing/")
SECRET_REQUEST = Price(0.05, 10_000, "requests to Secrets Manager", "https://aws.amazon.com/secrets-manager/pricing/")
LOG_INGESTION = Price(0.50, GIGABYTE, "bytes of logs", "https://aws.amazon.com/cloudwatch/pricing/")
# By the metric that it watches.
ALARM = Price(0.10, 1, "metrics of alarms a month", "https://aws.amazon.com/cloudwatch/pricing/")
# The first three of an account are free.
DASHBOARD = Price(3.00, 1, "dashboards a month", "https://aws.amazon.com/cloudwatch/pricing/")
# By the hour in which one is sent.
METRIC_HOUR = Price(0.30, HOURS_A_MONTH, "hours of a metric", "https://aws.amazon.com/cloudwatch/pricing/")
TRACE = Price(5.00, MILLION, "traces", "https://aws.amazon.com/xray/pricing/")

PRICES = {name: price for name, price in globals().items() if isinstance(price, Price)}

"""The limits that a growing deployment meets: names, defaults in us-west-2, and the pages that document them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PerStream:
    """The part of one stream in what there may not be enough of. Units: of writes, of one partition or item."""

    transitions: int
    functions: int
    function_seconds: float
    api_calls: int
    record_units: int
    pending_units: int
    unannounced_units: int
    owner_units: int
    pool_units: float

    @property
    def partitions(self) -> Mapping[str, float]:
        """The hottest partitions and items, where all streams are of one caller and one pool."""
        return {
            "pending": self.pending_units,
            "unannounced": self.unannounced_units,
            "owner": self.owner_units,
            "pool": self.pool_units,
        }


@dataclass(frozen=True)
class Limit:
    """`default`: so much a second, or at once. `remedy`: what to raise, or to do. `page`: where it is documented."""

    name: str
    default: float
    takes: Callable[[PerStream], float]
    remedy: str
    page: str

    def most(self, one: PerStream) -> float:
        """Return the streams a second at which it is met."""
        return self.default / self.takes(one)


_SFN = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
_PARTITION = f"{_DYNAMODB}bp-partition-key-design.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_REFERENCE = "https://docs.aws.amazon.com/general/latest/gr/"

LIMITS = (
    Limit(
        "Lambda: concurrent executions",
        1_000,
        lambda one: one.function_seconds,
        "quota `Concurrent executions`",
        _LAMBDA,
    ),
    Limit(
        "our own setting `apiRequestsPerSecond`",
        300,
        lambda _: 1,  # API Gateway counts each method by itself, and a stream calls none twice
        "the setting, with `apiBurst`; events and `StartExecution` are not under it",
        "deploy.md#settings",
    ),
    Limit(
        "API Gateway: requests of the account",
        10_000,
        lambda one: one.api_calls,
        "quota `Throttle rate`",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    ),
    Limit("Step Functions: StartExecution (bucket: 1,300)", 300, lambda _: 1, "quota `StartExecution`", _SFN),
    Limit(
        "Step Functions: StateTransition (bucket: 5,000)",
        5_000,
        lambda one: one.transitions,
        "quota `StateTransition`",
        _SFN,
    ),
    Limit(
        "DynamoDB: a partition, of the index `owned`, if all are of one caller",
        1_000,
        lambda one: one.owner_units,
        "callers of their own, or requests by event, which have no owner",
        _PARTITION,
    ),
    Limit(
        "DynamoDB: a partition, of the index `due`: all that is pending",
        1_000,
        lambda one: one.pending_units,
        "a key for each of several parts, which the sweep reads one after the other, in a release of its own",
        _PARTITION,
    ),
    Limit(
        "DynamoDB: a partition, of the index `due`: all that is not announced",
        1_000,
        lambda one: one.unannounced_units,
        "the same",
        _PARTITION,
    ),
    Limit(
        "DynamoDB: the items that hold what was seen of a pool, if all are of one pool",
        1_000,
        lambda one: one.pool_units,
        "more parts; what is not learned then is counted, and fails no request",
        _PARTITION,
    ),
    Limit(
        "DynamoDB: a new on-demand table, the records",
        4_000,
        lambda one: one.record_units,
        "the setting `warmWriteUnits`; it grows by itself to twice of what it served",
        f"{_DYNAMODB}on-demand-capacity-mode.html",
    ),
    Limit(
        "EventBridge: PutEvents",
        10_000,
        lambda _: 1,
        "quota `PutEvents throttle limit`",
        f"{_REFERENCE}ev.html",
    ),
    Limit("SNS: Publish", 9_000, lambda _: 1, "quota `Messages Published per Second`", f"{_REFERENCE}sns.html"),
)

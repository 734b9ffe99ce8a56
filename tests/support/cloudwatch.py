"""CloudWatch, as far as our alarms ask for it: values of metrics, their statistics, metric math, missing data."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from tests.infra.synthesised import Resource, as_text

# For an alarm, CloudWatch retrieves more values than it evaluates: in its example, five for three periods. Only where
# fewer are there than periods, what is missing counts:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
_MORE_PERIODS = 2
_STATISTICS = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}
_COMPARISONS = {"GreaterThanThreshold": "__gt__", "LessThanThreshold": "__lt__"}

Series = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric: its namespace, its name, and its dimensions."""


@dataclass
class CloudWatch:
    """The values of all metrics, each with its time. Dimensions are as the template names things."""

    values: dict[Series, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def put(self, namespace: str, name: str, value: float, at: datetime, **dimensions: str) -> None:
        self.values[namespace, name, frozenset(dimensions.items())].append((at.timestamp(), value))

    def take(self, line: str, at: datetime) -> None:
        """Take the values out of a line of a log that is in the embedded metric format.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
        """
        members = json.loads(line)
        for directive in members.get("_aws", {}).get("CloudWatchMetrics", ()):
            for metric in directive["Metrics"]:
                for names in directive["Dimensions"]:
                    for value in members[metric["Name"]]:
                        dimensions = {name: members[name] for name in names}
                        self.put(directive["Namespace"], metric["Name"], value, at, **dimensions)

    def state(self, alarm: Resource, now: datetime) -> str:
        """The state of an alarm of the template that is evaluated now, over the periods that are over."""
        periods, period = alarm["EvaluationPeriods"], _period(alarm)
        end = now.timestamp() // period * period
        retrieved = [self._value(alarm, end - number * period) for number in range(1, periods + _MORE_PERIODS + 1)]
        there = [value for value in retrieved if value is not None]
        compare = _COMPARISONS[alarm["ComparisonOperator"]]
        breaching = [getattr(value, compare)(alarm["Threshold"]) for value in there[:periods]]
        breaching += [alarm["TreatMissingData"] == "breaching"] * (periods - len(breaching))
        return "ALARM" if all(breaching) else "OK"

    def _value(self, alarm: Resource, start: float) -> float | None:
        if "MetricName" in alarm:
            return self._statistic({"Metric": alarm, "Period": alarm["Period"], "Stat": alarm["Statistic"]}, start)
        expression, *metrics = alarm["Metrics"]
        given = {each["Id"]: _Number(self._statistic(each["MetricStat"], start)) for each in metrics}
        found: _Number = eval(expression["Expression"], {"__builtins__": {}}, {**_FUNCTIONS, **given})  # noqa: S307  # our own template's
        return found.value

    def _statistic(self, stat: Mapping[str, Any], start: float) -> float | None:
        metric = stat["Metric"]
        dimensions = frozenset((each["Name"], resolved(each["Value"])) for each in metric["Dimensions"])
        found = self.values.get((metric["Namespace"], metric["MetricName"], dimensions), ())
        values = [value for at, value in found if start <= at < start + stat["Period"]]
        return float(_STATISTICS[stat["Stat"]](values)) if values else None  # type: ignore[operator]


@dataclass(frozen=True)
class _Number:
    """A value of metric math, or none: what is computed of none is none, and so is what is divided by 0."""

    value: float | None

    @classmethod
    def of(cls, given: Self | float) -> Self:
        return given if isinstance(given, cls) else cls(float(given))  # type: ignore[arg-type]

    def __add__(self, other: Self | float) -> _Number:
        left, right = self.value, _Number.of(other).value
        return _Number(None if left is None or right is None else left + right)

    def __truediv__(self, other: Self | float) -> _Number:
        left, right = self.value, _Number.of(other).value
        return _Number(None if left is None or not right else left / right)

    def __ge__(self, other: float) -> bool:
        return self.value is not None and self.value >= other


def _fill(number: _Number, otherwise: float) -> _Number:
    return _Number(otherwise) if number.value is None else number


def _least(numbers: Iterable[_Number]) -> _Number:
    return _Number(min((each.value for each in numbers if each.value is not None), default=None))


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
_FUNCTIONS = {
    "FILL": _fill,
    "IF": lambda test, yes, no: _Number.of(yes if test else no),
    "MIN": _least,
}


def _period(alarm: Resource) -> int:
    """The period of an alarm, which all metrics that it computes with have."""
    periods = {each["MetricStat"]["Period"] for each in alarm.get("Metrics", ()) if "MetricStat" in each}
    (period,) = periods or {alarm["Period"]}
    return int(period)


def resolved(value: Any) -> str:
    """The value of a dimension: what it points at, or the part of a rule's ARN that it takes."""
    match value:
        case {"Fn::Select": [number, {"Fn::Split": [separator, {"Fn::GetAtt": [rule, "Arn"]}]}]}:
            return f"{as_text({'Ref': rule})} {separator}{number}"
    return as_text(value)

"""The metrics that the functions emit, as CloudWatch has them."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from greenroom.domain.metrics import NAMESPACE, OUTCOMES, SERVICE, Metric
from greenroom.domain.values import RequestState
from greenroom_cdk.settings import Settings

FIVE_MINUTES = Duration.minutes(5)


class OwnMetrics:
    """The metrics of one deployment. Its functions count under its service, `POWERTOOLS_SERVICE_NAME`: its name."""

    def __init__(self, settings: Settings) -> None:
        self._service = settings.stack_name

    def of(
        self, metric: Metric, statistic: str, *, label: str = "", period: Duration = FIVE_MINUTES, **dimensions: str
    ) -> cloudwatch.Metric:
        """Return a statistic of one metric, of the values that have these dimensions."""
        if set(dimensions) != set(metric.dimensions):
            raise ValueError(f"{metric.name} has the dimensions {metric.dimensions}")
        return cloudwatch.Metric(
            dimensions_map={SERVICE: self._service, **dimensions},
            label=label or None,
            metric_name=metric.name,
            namespace=NAMESPACE,
            period=period,
            statistic=statistic,
        )

    def share_without_a_stream(self, provider: str, *, at_least: int) -> cloudwatch.MathExpression:
        """Return the share of an hour's requests that got no stream; 0 where fewer than so many ended.

        What was cancelled is left out: its owner wanted no stream any more.
        """
        # Where no request has ended so, its metric has no value, and a sum with it would have none.
        good, bad = "FILL(ready, 0)", "(FILL(failed, 0) + FILL(timed_out, 0))"
        hour = Duration.hours(1)
        return cloudwatch.MathExpression(
            expression=f"IF({good} + {bad} >= {at_least}, {bad} / ({good} + {bad}), 0)",
            label=f"share of requests without a stream, {provider}",
            period=hour,
            using_metrics={
                state.value: self.of(OUTCOMES, "Sum", period=hour, provider=provider, outcome=state.value)
                for state in (RequestState.READY, RequestState.FAILED, RequestState.TIMED_OUT)
            },
        )

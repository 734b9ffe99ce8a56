"""The metrics that the functions emit, as CloudWatch has them."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from greenroom.domain.metrics import NAMESPACE, SERVICE, Metric
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

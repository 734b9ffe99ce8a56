"""Logs and metrics, the same in every function. Events are never logged: they may name people and places.

The environment names them: the namespace of the metrics (`POWERTOOLS_METRICS_NAMESPACE`), and as their service the
stack (`POWERTOOLS_SERVICE_NAME`), so that two deployments can be told apart.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()


def count(name: str) -> None:
    """Count one of something, at once."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1):
        pass

"""Logs and metrics, the same in every function. Events are never logged: they may name people and places.

The environment names them: the namespace of the metrics (`POWERTOOLS_METRICS_NAMESPACE`), and as their service the
stack (`POWERTOOLS_SERVICE_NAME`), so that two deployments can be told apart.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()

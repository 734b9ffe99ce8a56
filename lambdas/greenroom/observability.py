"""Logs and metrics, the same in every function. Events are never logged: they may name people and places.

The service is the name of the stack (`POWERTOOLS_SERVICE_NAME`), so that two deployments can be told apart.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Greenroom")

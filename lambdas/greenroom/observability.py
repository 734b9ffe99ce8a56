"""Logs and metrics, the same in every function. Events are never logged: they may name people and places."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="greenroom")
metrics = Metrics(namespace="Greenroom", service="greenroom")

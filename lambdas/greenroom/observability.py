"""Logs and metrics, the same in every function.

Events are never logged, whatever variables an operator sets: they name people, and may hold the URL of a stream. Levels
of these variables are for Greenroom's own lines alone. The libraries log whole requests and answers below WARNING.

The environment names them: the namespace of the metrics (`POWERTOOLS_METRICS_NAMESPACE`), and as their service the
stack (`POWERTOOLS_SERVICE_NAME`), so that two deployments can be told apart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from greenroom.domain.metrics import Metric
from greenroom.tracing import annotate

Handler = TypeVar("Handler", bound=Callable[..., Any])

logger = Logger()
# Lambda has set the root's level by then, from its advanced logging controls (AWS_LAMBDA_LOG_LEVEL), and Powertools its
# own by POWERTOOLS_DEBUG.
for _chatty in (logging.getLogger(), logging.getLogger("aws_lambda_powertools")):
    _chatty.setLevel(max(_chatty.level, logging.WARNING))


def logged(handler: Handler, *, clear_state: bool = False) -> Handler:
    """Put what names the function and its call into each line of a handler. `clear_state`: forget earlier keys."""
    # What is said here wins over POWERTOOLS_LOGGER_LOG_EVENT.
    return logger.inject_lambda_context(handler, log_event=False, clear_state=clear_state)


@contextmanager
def about(request_id: str, **keys: str | int) -> Iterator[None]:
    """Put the request's id, and these keys, into every line that is logged meanwhile; the id into the trace."""
    annotate(request_id=request_id)
    keys = {"request_id": request_id, **keys}
    # Deliver works on several requests at once, each in a thread.
    logger.thread_safe_append_keys(**keys)
    try:
        yield
    finally:
        logger.thread_safe_remove_keys(keys)


@contextmanager
def errors_logged(work: str) -> Iterator[None]:
    """Log what is raised meanwhile, and raise it: Lambda's own line of an error does not name the request."""
    try:
        yield
    except Exception:
        logger.exception("%s raised an error", work)
        raise


def emit(values: Mapping[Metric, float | Iterable[float]], /, **dimensions: str) -> None:
    """Emit one value for each metric, or several, at once, in a line that has the request's id, if there is one."""
    metrics = EphemeralMetrics()
    for metric, given in values.items():
        if set(metric.dimensions) != set(dimensions):
            raise ValueError(f"{metric.name} has the dimensions {metric.dimensions}, and not {tuple(dimensions)}")
        for value in given if isinstance(given, Iterable) else [given]:
            metrics.add_metric(metric.name, metric.unit, value)
    if not metrics.metric_set:  # there was no value, or Powertools has written them: it writes each hundred by itself
        return
    for dimension, place in dimensions.items():
        metrics.add_dimension(dimension, place)
    if request_id := logger.thread_safe_get_current_keys().get("request_id"):
        metrics.add_metadata("request_id", request_id)
    with _a_line_of_its_own():
        metrics.flush_metrics()


@contextmanager
def _a_line_of_its_own() -> Iterator[None]:
    """Let no other thread write to the log meanwhile: a line of metrics and its end are printed one after the other."""
    logger.registered_handler.acquire()
    try:
        yield
    finally:
        logger.registered_handler.release()

"""The one shape of the tasks that ask the streaming service how far things are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenroom import bootstrap
from greenroom.domain import utc_now
from greenroom.observability import logger
from greenroom.payloads import Report, Task

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def provider_task(step: Callable[..., Report]) -> Handler:
    """Make a handler that reads a Task, takes one step of the flow, and answers with its Report."""

    @logger.inject_lambda_context
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
        task = Task.model_validate(event)
        return step(task, provider=bootstrap.provider(), requests=bootstrap.requests(), clock=utc_now).dump()

    return handler

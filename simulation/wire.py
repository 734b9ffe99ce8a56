"""The network of the process: what botocore would send is answered here, and nothing leaves.

A client asks its session's events for an answer before a call (`before-call`), with the serialised request. An answer
there takes the place of the signed request, the socket and botocore's own retries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import botocore.handlers
from botocore.model import OperationModel

Answer = tuple[Any, dict[str, Any]]
"""A response that has a `status_code`, and the parsed answer."""
Called = Callable[[OperationModel, Mapping[str, Any]], Answer]
"""Answers a call by its operation and its serialised request."""
_EVENT = "before-call"


@contextmanager
def answered(services: Mapping[str, Called]) -> Iterator[None]:
    """Have the sessions that begin meanwhile answered by service, for as long as they live; any other call raises."""

    def call(model: OperationModel, params: Mapping[str, Any], event_name: str, **_: Any) -> Answer:
        service = event_name.split(".")[1]
        if service not in services:
            raise RuntimeError(f"nobody answers {service} here")
        return services[service](model, params)

    # A session copies them when it begins.
    handlers: list[Any] = botocore.handlers.BUILTIN_HANDLERS
    handlers.append((_EVENT, call))
    try:
        yield
    finally:
        handlers.remove((_EVENT, call))


def answer(content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return an answer with this content, as botocore has it then."""
    metadata = {"HTTPStatusCode": status, "RequestId": "virtual", "HTTPHeaders": {}, "RetryAttempts": 0}
    return SimpleNamespace(status_code=status, headers={}), {**content, "ResponseMetadata": metadata}

"""The one shape of the state machine's tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from greenroom.flow.payloads import Payload
from greenroom.observability import about, logged, logger

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class _Input(Protocol):
    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Any: ...

    @property
    def request_id(self) -> str: ...


Given = TypeVar("Given", bound=_Input)


def task(payload: type[Given], step: Callable[[Any], Payload | None]) -> Handler:
    """Make a handler that reads its payload, takes one step, and answers with its result, if any.

    Every line that is logged meanwhile has the request's id, and so has the trace. An error is logged and raised, for
    the state machine.
    """

    @logged
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
        given = payload.load(event)
        with about(given.request_id):
            try:
                result = step(given)
            except Exception as error:
                logger.warning(f"{step.__name__} raised {type(error).__name__}", extra={"reason": str(error)})
                raise
            logger.info(f"{step.__name__} is done")
        return result.dump() if result else {}

    return handler

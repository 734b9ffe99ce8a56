"""How a sweep reports what it could not do."""

from __future__ import annotations

from collections.abc import Mapping

from greenroom.observability import logger


def raise_sweep_errors(errors: Mapping[str, Exception], things: str) -> None:
    """Log the errors of a sweep, by the ids that they concern, and fail the function if there are any."""
    if not errors:
        return
    # Of the errors in a group, Lambda's own line shows nothing.
    for each, error in errors.items():
        logger.error(f"The sweep met {type(error).__name__}", extra={"request_id": each, "reason": str(error)})
    raise ExceptionGroup(f"Some {things} could not be swept; the next run tries them again", list(errors.values()))

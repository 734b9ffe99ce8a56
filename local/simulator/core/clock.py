"""The simulator's clock; tests bring their own, and need no sleep."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Says what time it is, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)

"""The pacer, with what it does told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from greenroom.domain.errors import ThrottlingException
from greenroom.domain.metrics import PACE_UNAVAILABLE, THROTTLED_CALLS, WAIT_FOR_TURN, Emit
from greenroom.domain.values import Clock
from greenroom.flow.pacing.pacer import NotYet, Pacer
from greenroom.flow.pacing.paces import Paces

T = TypeVar("T")


class WatchedPacer(Pacer):
    """Emits each call, throttled or not, each wait for a turn, and each failure of the paces.

    The provider is what a name begins with: `nimble/create`.
    """

    def __init__(self, paces: Paces, clock: Clock, emit: Emit) -> None:
        super().__init__(paces, clock, lambda: emit({PACE_UNAVAILABLE: 1}))
        self._emit = emit

    def ask(self, name: str, call: Callable[[], T], *, lane: str, arrived_at: datetime, ticket: str = "") -> T:
        provider = name.partition("/")[0]
        try:
            made = partial(self._made, provider, call)
            return super().ask(name, made, lane=lane, arrived_at=arrived_at, ticket=ticket)
        except NotYet as not_yet:
            self._emit({WAIT_FOR_TURN: not_yet.seconds}, provider=provider)
            raise

    def _made(self, provider: str, call: Callable[[], T]) -> T:
        throttled = 0
        try:
            return call()
        except ThrottlingException:
            throttled = 1
            raise
        finally:
            self._emit({THROTTLED_CALLS: throttled}, provider=provider)

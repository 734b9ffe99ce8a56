"""The token bucket by which AWS limits calls."""

from __future__ import annotations

from collections.abc import Callable


class TokenBucket:
    """Has `burst` tokens at first and at most, and gains `rate` a second. `clock`: in seconds."""

    def __init__(self, clock: Callable[[], float], *, burst: float, rate: float) -> None:
        self._clock = clock
        self._burst, self._rate = burst, rate
        self._tokens, self._filled_at = burst, clock()

    @property
    def tokens(self) -> float:
        return min(self._burst, self._tokens + (self._clock() - self._filled_at) * self._rate)

    def take(self) -> bool:
        """Take a token. Return False if none is left."""
        is_left = self.tokens >= 1
        self.spend(1 if is_left else 0)
        return is_left

    def spend(self, tokens: float) -> None:
        """Take tokens, even more than there are: the next call then waits until they are gained."""
        self._tokens, self._filled_at = self.tokens - tokens, self._clock()

"""What a plug calls before it starts something that a release lets go."""

from __future__ import annotations

from greenroom.domain.errors import RequestEnded


class Starts:
    """Counts the intentions to start something. For a request that has ended, it lets nothing be started."""

    def __init__(self, *, has_ended: bool = False) -> None:
        self.noted = 0
        self._has_ended = has_ended

    def __call__(self) -> None:
        if self._has_ended:
            raise RequestEnded("The request has ended meanwhile")
        self.noted += 1


def starting() -> None:
    """Note it where a test does not ask whether that was done."""

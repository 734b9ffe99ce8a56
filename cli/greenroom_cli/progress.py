"""How far a request is that is waited for, told honestly: no promise, and nothing that runs backwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from greenroom_cli.formatting import duration, state_of

Clock = Callable[[], datetime]

# So much of the bar is full when nine in ten streams like this one are ready. The rest fills when this one is.
USUAL_SHARE = 0.9


@dataclass(frozen=True)
class Shown:
    """A moment of the wait. `share` of the bar, 0 to 1; `late`: nine in ten of the others were ready by now."""

    words: str
    seconds: float
    share: float
    late: bool
    hint: str


class Progress:
    """What was seen of one request so far.

    The usual end is `latestReadyAt`. While that has not come, a later one that the API tells is believed, since the
    request may have turned out to wait for more; from then on the API only names its next look, and the wait is late.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()
        self._view: Mapping[str, Any] = {}
        self._usual_end: datetime | None = None
        self._late = False
        self._share = 0.0

    def see(self, view: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Take in an answer of `GET streams/{id}`, whose `Date` tells how far this machine's clock is off."""
        if date := headers.get("Date"):
            self._ahead = parsedate_to_datetime(date).astimezone(UTC) - self._clock()
        self._view = view
        self._notice_lateness()
        if estimate := view.get("estimate"):
            latest = datetime.fromisoformat(estimate["latestReadyAt"])
            if not self._late and (self._usual_end is None or latest > self._usual_end):
                self._usual_end = latest

    @property
    def now(self) -> Shown:
        self._notice_lateness()
        seconds = (self._now - datetime.fromisoformat(self._view["createdAt"])).total_seconds()
        self._share = max(self._share, self._share_after(seconds))
        return Shown(
            words=state_of(self._view), seconds=max(0.0, seconds), share=self._share, late=self._late, hint=self._hint()
        )

    @property
    def _now(self) -> datetime:
        return self._clock() + self._ahead

    def _notice_lateness(self) -> None:
        self._late = self._late or (self._usual_end is not None and self._now >= self._usual_end)

    def _share_after(self, seconds: float) -> float:
        if self._view["state"] == "ready":
            return 1.0
        if self._usual_end is None:
            return 0.0
        usual = (self._usual_end - datetime.fromisoformat(self._view["createdAt"])).total_seconds()
        return min(USUAL_SHARE, USUAL_SHARE * seconds / usual) if usual > 0 else USUAL_SHARE

    def _hint(self) -> str:
        estimate = self._view.get("estimate")
        if self._view["state"] != "pending" or not estimate:
            return ""
        if self._late:
            return "longer than usual"
        left = (datetime.fromisoformat(estimate["readyAt"]) - self._now).total_seconds()
        return f"about {duration(left)} left" if left >= 1 else "any moment now"

"""Following a request to its end: it is looked at when the API says that there may be something new."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from greenroom_cli.errors import Refused
from greenroom_cli.progress import Clock, Progress

if TYPE_CHECKING:
    from greenroom_cli.client import Caller

Sleep = Callable[[float], None]


class Screen(Protocol):
    """Shows how far a request is, from each answer to the next."""

    def show(self, progress: Progress) -> None: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


def fetched(api: Caller, path: str) -> tuple[Mapping[str, str], dict[str, Any]]:
    """Return the headers and the body of a GET. Raise Refused unless it is answered with 200."""
    status, headers, body = api.call("GET", path)
    if status != 200:
        raise Refused(f"GET {path}", status, body)
    return headers, body


def follow(
    api: Caller, request_id: str, *, screen: Screen, clock: Clock = utc_now, sleep: Sleep = time.sleep
) -> dict[str, Any]:
    """Show a request until it has ended. Returns its last view; Refused when it cannot be seen."""
    progress = Progress(clock)
    while True:
        headers, view = fetched(api, f"streams/{request_id}")
        progress.see(view, headers)
        screen.show(progress)
        if view["state"] != "pending":
            return view
        sleep(_pause(view, headers, clock()))


def _pause(view: Mapping[str, Any], headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds that the API says, or those until just after the deadline if that is sooner."""
    pause = float(headers.get("Retry-After", 1))
    left = (datetime.fromisoformat(view["deadlineAt"]) - now).total_seconds()
    return min(pause, left + 1) if left > 0 else pause

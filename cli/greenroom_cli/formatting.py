"""Times and states in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from greenroom_cli.errors import FAILED, TIMED_OUT

# The status of a command that tells of a request.
EXIT_CODES = {"pending": 0, "ready": 0, "failed": FAILED, "cancelled": FAILED, "timed_out": TIMED_OUT}


def duration(seconds: float) -> str:
    """Return a duration as people say it: `45 s`, `2 min 5 s`, `1 h 10 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def stopwatch(seconds: float) -> str:
    """Return a time as a stopwatch shows it: `0:07`, `12:45`, `1:02:03`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clock_time(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")


def state_of(view: Mapping[str, Any]) -> str:
    """Return how far a request is; while it waits, with the service's last word."""
    if view["state"] != "pending":
        return str(view["state"]).replace("_", " ")
    said = (view.get("stream") or {}).get("state")
    if said == "READY":
        return f"fetching the URL from {view['provider']}"
    return f"waiting for {view['provider']}" + (f": {said.replace('_', ' ').lower()}" if said else "")

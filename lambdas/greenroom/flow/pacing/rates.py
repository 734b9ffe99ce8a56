"""How a pace begins, and how its rate finds and follows the service's own.

A service refuses calls when its token bucket is empty. Between two such moments it has accepted exactly as many calls
as were filled in, whatever the bucket's size: that is its rate, or more than it if the bucket was full in between.
"""

from __future__ import annotations

import math

from greenroom.flow.pacing.pace import FINDING, Pace
from greenroom.flow.pacing.paces import SEEN, TTL, Change
from greenroom.flow.pacing.places import BATCHES_GONE, GONE

_FIRST_RATE = 6.0
_LOWEST_RATE = 0.02
# Seconds without calls once a pace has begun; and, once the service has refused one, the time of so many calls.
_FIRST_PAUSE = 1.0
_PAUSE_CALLS, _SHORTEST_PAUSE, _LONGEST_PAUSE = 2.5, 0.1, 0.5
# Seconds for which a rate is remembered, and the part of it with which the next pace begins.
_REMEMBERED_SECONDS = 86_400
_REMEMBERED = 0.8
# The gain grows with each step that the service did not refuse; rates near the service's grow by little.
_GAIN, _UNSURE_GAIN, _HIGHEST_GAIN = 0.015, 0.12, 0.5
# The part of what was allowed that may be left unused, by executions that were stopped, for the rate to grow.
_UNUSED = 0.25
# The part of the service's measured rate that is used.
_USED = 0.97
# A measured rate needs so many calls and seconds, and is good when it has so many calls.
_FEW_CALLS, _FEW_SECONDS, _MANY_CALLS = 12, 2.0, 20
# The part of its own rate with which a pace goes on where too few calls were made to measure the service's.
_UNMEASURED = 0.9
# Within so many seconds the service's bucket is not filled at a rate near the service's.
_UNFILLED_SECONDS = 10.0


def begun(old: Pace | None, now: float) -> Change:
    """Begin a pace now that the service has refused a call."""
    rate, gain = (old.rate * _REMEMBERED, _UNSURE_GAIN) if old else (_FIRST_RATE, FINDING)
    put = {
        "rate": rate,
        "gain": gain,
        "since": now + _FIRST_PAUSE,
        "base": 0,
        "taken": 0,
        SEEN: now,
        "begun": now,
        GONE: 0,
        BATCHES_GONE: 0,
    }
    marks = {"markAt": now, "markCalls": 0, TTL: _forgotten(now)}
    return Change(old.version if old else 0, put | marks, remove=old.places.names if old else [])


def grown(pace: Pace, now: float) -> Change | None:
    """Take the next step if it is time: grow if all that was allowed was used, else let the unused turns go."""
    if now - pace.since < pace.step():
        return None
    spare, late, rate, gain = pace.spare(now), pace.late(), pace.rate, pace.gain
    unused = _UNUSED * rate * (now - pace.since)
    if spare <= late + unused and pace.places.all_waiting() > rate:
        rate *= 1 + gain
        gain = max(gain, min(_HIGHEST_GAIN, 2 * gain))
    put = {"rate": rate, "gain": gain, "since": now, "base": pace.taken + min(spare, late)}
    return _changed(pace, put, now, math.floor(max(0.0, spare - late)))


def slowed(pace: Pace, now: float) -> Change:
    """Go below the service's rate, now that it has refused a call."""
    calls = pace.called(now) - pace.mark_calls
    rate = max(_LOWEST_RATE, _USED * _service_rate(pace, calls, now - pace.mark_at))
    put = {
        "rate": rate,
        "gain": _GAIN if calls >= _MANY_CALLS and pace.gain < FINDING else _UNSURE_GAIN,
        "since": now + min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, _PAUSE_CALLS / rate)),
        "base": pace.taken + min(0.0, pace.spare(now)),
    }
    if calls >= _MANY_CALLS or pace.gain >= FINDING:
        put |= {"markAt": now, "markCalls": pace.called(now)}
    return _changed(pace, put, now, 0)


def _service_rate(pace: Pace, calls: int, seconds: float) -> float:
    """Estimate it from what the service has accepted since it last refused a call."""
    measured = calls / seconds if calls >= _FEW_CALLS and seconds > _FEW_SECONDS else None
    if pace.gain >= FINDING:
        return max(measured or 0.0, 0.4 * pace.rate)
    if measured is None:
        return _UNMEASURED * pace.rate
    measured = min(pace.rate, max(0.6 * pace.rate, measured))
    return measured if seconds <= _UNFILLED_SECONDS else math.sqrt(measured * pace.rate)


def _changed(pace: Pace, put: dict[str, float], now: float, passed: int) -> Change:
    add, remove = pace.places.tidied(passed)
    return Change(pace.version, put | {TTL: _forgotten(now)}, add, remove)


def _forgotten(now: float) -> int:
    return math.ceil(now) + _REMEMBERED_SECONDS

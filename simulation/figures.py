"""The figures of a burst: how it ended, what it took, and the least that it could have taken."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import mean
from typing import Any

from simulation.load import Load, Progress, Seen, ServiceCall, play
from simulation.policies import LEARNING, LEARNS, POLICIES

CREATE, GET = "CreateStreamingSessionStream", "GetStreamingSessionStream"
SAMPLE = 200
_POINTS = 120
_THROTTLED = 429
_OUTCOMES = frozenset({"ready", "failed", "timed_out", "cancelled"})


def measured(policy: str, load: Load, progress: Progress = lambda _ended, _elapsed: None) -> dict[str, Any]:
    """Play a burst by a policy. The keys are those of `python -m bench burst`, and `series` for the plots.

    A policy that learns has seen a sample of the streams before, at most 200; without limits, the same sample tells
    how many calls a request needs.
    """
    variables = POLICIES[policy]
    few = replace(
        load, readiness=load.readiness[:: math.ceil(len(load.readiness) / SAMPLE)], limits={}, concurrency=SAMPLE
    )
    learned = play(few, variables, followings=LEARNING).learned if LEARNS in variables else ()
    needed = Counter(call.operation for call in play(few, variables, learned=learned).calls)
    seen = play(load, variables, progress, learned=learned)
    return figures(load, seen, {operation: calls / len(few.readiness) for operation, calls in needed.items()})


def figures(load: Load, seen: Seen, needed: Mapping[str, float]) -> dict[str, Any]:
    """`needed`: calls a request by operation where nothing is throttled."""
    count = len(load.readiness)
    outcomes = Counter(seen.states)
    created = _created(seen.calls)
    return {
        "requests": count,
        "failed": sum(outcomes[state] for state in _OUTCOMES) - outcomes["ready"],
        "lost": count - sum(outcomes[state] for state in _OUTCOMES),
        "throttledShare": round(_share(call.status == _THROTTLED for call in seen.calls), 4),
        "makespanSeconds": round(max(execution.ended for execution in seen.executions), 1),
        "boundSeconds": round(bound(load, needed), 1),
        "callsPerRequest": round(len(seen.calls) / count, 2),
        "callsNeededPerRequest": round(sum(needed.values()), 2),
        "meanDisplacementShare": round(_displacement(created) / count, 4),
        "notTheirTurn": sum(not_its_turn(seen)),
        "lambdaCallsPerRequest": round(len(seen.invocations) / count, 2),
        "lambdaThrottled": seen.lambda_throttled,
        "transitionsPerRequest": round(mean(execution.transitions for execution in seen.executions), 2),
        "dynamodbCallsPerRequest": round(seen.dynamodb_calls / count, 2),
        "dynamodbThrottled": sum(seen.dynamodb_throttled.values()),
        "hottestItemWritesPerSecond": seen.hottest_item_writes,
        "metrics": dict(seen.metrics),
        "cpuSeconds": round(seen.cpu_seconds, 1),
        "series": series(seen),
    }


def bound(load: Load, needed: Mapping[str, float]) -> float:
    """The seconds that a burst takes at the least, first come, first served: calls needed by rate, and readiness.

    A stream is created at its turn, after as many others as the service takes, and is ready so much later as it takes;
    and the looks at all of them take their time.
    """
    count, rates = len(load.readiness), load.limits
    spare = load.bucket * rates.get(CREATE, 0)
    turns = [max(0.0, number + 1 - spare) / rates[CREATE] if CREATE in rates else 0.0 for number in range(count)]
    looks = needed.get(GET, 0) * count / rates[GET] if GET in rates else 0.0
    return max(looks, *(turn + ready for turn, ready in zip(turns, load.readiness, strict=True)))


def not_its_turn(seen: Seen) -> list[bool]:
    """Tell of each call of a function that asks the service whether it ended well without having asked it."""
    asking = {invocation.state for invocation in seen.invocations if invocation.service_calls}
    return [
        invocation.state in asking and not invocation.service_calls and invocation.error is None
        for invocation in seen.invocations
    ]


def _created(calls: Iterable[ServiceCall]) -> list[str]:
    """The requests in the order in which their streams were created."""
    return list(dict.fromkeys(call.request for call in calls if call.operation == CREATE and call.status == 200))


def _displacement(created: Sequence[str]) -> float:
    """The mean distance between a request's rank among those created and its rank among them by arrival."""
    arrived = {request: rank for rank, request in enumerate(sorted(created))}
    return mean(abs(rank - arrived[request]) for rank, request in enumerate(created)) if created else 0.0


def _share(holds: Iterable[bool]) -> float:
    each = list(holds)
    return sum(each) / len(each) if each else 0.0


def series(seen: Seen) -> dict[str, list[float]]:
    """The burst over time. `queued`: came and have no stream yet; `pending`: came and have not ended; else, calls/s."""
    end = max(execution.ended for execution in seen.executions)
    width = max(1.0, math.ceil(end / _POINTS))
    bins = range(1, math.ceil(end / width) + 1)
    began = [execution.began for execution in seen.executions]
    created = list({call.request: call.at for call in reversed(seen.calls) if _is_accepted(call, CREATE)}.values())

    def by_then(moments: Iterable[float]) -> list[int]:
        counted = Counter(min(int(moment / width), len(bins) - 1) for moment in moments)
        total, totals = 0, []
        for number in range(len(bins)):
            total += counted[number]
            totals.append(total)
        return totals

    def a_second(moments: Iterable[float]) -> list[float]:
        totals = [0, *by_then(moments)]
        return [round((after - before) / width, 2) for before, after in pairwise(totals)]

    came, ended = by_then(began), by_then(execution.ended for execution in seen.executions)
    return {
        "seconds": [number * width for number in bins],
        "queued": [float(a - b) for a, b in zip(came, by_then(created), strict=True)],
        "pending": [float(a - b) for a, b in zip(came, ended, strict=True)],
        "creates": a_second(call.at for call in seen.calls if _is_accepted(call, CREATE)),
        "gets": a_second(call.at for call in seen.calls if _is_accepted(call, GET)),
        "throttled": a_second(call.at for call in seen.calls if call.status == _THROTTLED),
    }


def _is_accepted(call: ServiceCall, operation: str) -> bool:
    return call.operation == operation and call.status == 200

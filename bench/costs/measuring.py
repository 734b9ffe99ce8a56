"""All figures of the costs, as JSON has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bench.costs import growth
from bench.costs.bill import Line, bill, busy_total, history_events, total
from bench.costs.idle import by_the_hour, idle
from bench.costs.meter import Cpu
from bench.costs.others import engines
from bench.costs.requests import Ended, Requests, requesting
from tools.template import template

LOOK = 2
# The methods of the API that a request uses: POST, and GET of the one.
METHODS = 2


def counts() -> dict[str, Any]:
    """Count what requests take, in a few seconds: the part of `measure` that is the same in each run."""
    with requesting() as requests:
        return {name: counted(ended) for name, ended in _played(requests).items()}


def measure() -> dict[str, Any]:
    """Return the costs of a stream and its variants, of a month without any, of other engines, and how they grow."""
    with requesting() as requests:
        played, get = _played(requests), requests.shown()
        cpu = requests.cpu
    stack, one = template(), played["one"]
    return {
        "region": "us-west-2",
        "readyAtLook": LOOK,
        "requests": {name: counted(ended) | _priced(_bill(ended, cpu)) for name, ended in played.items()},
        "oneGetMore": _priced(bill(get, cpu)),
        "idleMonth": _priced(month := idle(stack)),
        "hourOfUse": _priced(hour := by_the_hour(stack, one.counted, METHODS)),
        "engines": [
            {"engine": each.name, "dollars": each.dollars, "streamsADayFromWhichItPays": each.pays_from}
            for each in engines(one.execution.transitions, one.looks, one.seconds)
        ],
        "growth": growth.measure(one, cpu, _bill(one, cpu), month, hour),
    }


def counted(ended: Ended) -> dict[str, Any]:
    """Return what is counted of a request, and not measured."""
    calls = ended.counted
    return {
        "state": ended.state,
        "transitions": ended.execution.transitions,
        "historyEvents": history_events(ended.execution),
        "looks": ended.looks,
        "functionCalls": dict(calls.functions),
        "calls": {f"{who}: {service} {what}": times for (who, service, what), times in sorted(calls.calls.items())},
        "writeUnits": _by_table(calls.write_units),
        "halfReadUnits": _by_table(calls.half_read_units),
        "recordBytes": ended.record_bytes,
    }


def _by_table(units: Counter[tuple[str, str]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (_, table), count in units.items():
        found[table] += count
    return dict(sorted(found.items()))


def _played(requests: Requests) -> Mapping[str, Ended]:
    return {
        "one": requests.ready_at_look(LOOK),
        "oneLookMore": requests.ready_at_look(LOOK + 1),
        "webhook": requests.with_webhook(LOOK),
        "timedOut": requests.never_ready(),
    }


def _bill(ended: Ended, cpu: Cpu) -> list[Line]:
    return bill(ended.counted, cpu, ended.execution, ended.record_bytes)


def _priced(lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "lines": [
            {
                "service": line.service,
                "count": line.count,
                "unit": line.price.unit,
                "dollars": line.dollars,
                "dollarsWhereBusy": line.busy_dollars,
            }
            for line in lines
        ],
        "dollars": total(lines),
        "dollarsWhereBusy": busy_total(lines),
    }

"""The figures as the tables of docs/cost.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.costs.limits import LIMITS
from bench.costs.page import dollars, number, table
from bench.prices import PRICES

Figures = Mapping[str, Any]
_REQUESTS = {
    "one": "ready at the second look, told to the topic",
    "oneLookMore": "ready at the third look",
    "webhook": "ready at the second look, told to a webhook",
    "timedOut": "not ready in 900 s",
}


def counted(requests: Figures) -> str:
    """Return the table of what is counted, by request; of `counts()` or of what `measure()` has under `requests`."""
    heads = ["", *(_REQUESTS[name] for name in requests)]
    rows: dict[str, Callable[[Figures], Any]] = {
        "state transitions": lambda each: each["transitions"],
        "events in the execution's history": lambda each: each["historyEvents"],
        "calls of functions": lambda each: sum(each["functionCalls"].values()),
        "of these, of the API": lambda each: each["functionCalls"]["Api"],
        "calls of the streaming service": lambda each: _calls(each, "nimble"),
        "calls of DynamoDB": lambda each: _calls(each, "dynamodb"),
        "write request units": lambda each: sum(each["writeUnits"].values()),
        "of these, for what was seen and learned": lambda each: each["writeUnits"]["schedules"],
        "of these, for the two indexes": lambda each: (
            each["writeUnits"]["index owned"] + each["writeUnits"]["index due"]
        ),
        "read request units": lambda each: sum(each["halfReadUnits"].values()) / 2,
        "the record at its end, in bytes": lambda each: each["recordBytes"],
        "messages to SNS": lambda each: _calls(each, "sns"),
        "events to EventBridge": lambda each: _calls(each, "eventbridge"),
        "requests to SQS by functions": lambda each: _calls(each, "sqs"),
        "requests to Secrets Manager": lambda each: _calls(each, "secrets-manager"),
    }
    return table(heads, [[name, *(number(find(each)) for each in requests.values())] for name, find in rows.items()])


def tables(figures: Figures) -> dict[str, str]:
    """Return every table by its name."""
    requests, growth = figures["requests"], figures["growth"]
    return {
        "counted": counted(requests),
        "one": _bill(requests["one"]),
        "variants": _variants(figures),
        "month": _month(figures),
        "engines": _engines(figures["engines"]),
        "scales": _scales(growth["scales"]),
        "limits": _limits(growth["limits"]),
        "bursts": _bursts(growth["bursts"]),
        "prices": table(
            ["what", "$", "of"],
            [[each.unit, f"{each.dollars:g} for {number(each.units)}", each.page] for each in PRICES.values()],
        ),
    }


def _bill(one: Figures) -> str:
    rows = [
        [
            line["service"],
            _amount(line),
            dollars(line["dollars"], 7),
            dollars(1000 * line["dollars"], 4),
            dollars(1000 * line["dollarsWhereBusy"], 4),
        ]
        for line in one["lines"]
        if line["count"]
    ]
    sums = [one["dollars"], 1000 * one["dollars"], 1000 * one["dollarsWhereBusy"]]
    last = [
        "**together**",
        "",
        *(f"**{dollars(each, places)}**" for each, places in zip(sums, (7, 4, 4), strict=True)),
    ]
    return table(
        ["service", "for one stream", "$ a stream", "$ for 1,000", "$ for 1,000 in a busy hour"], [*rows, last]
    )


def _variants(figures: Figures) -> str:
    requests, one = figures["requests"], figures["requests"]["one"]["dollars"]
    rows = [[_REQUESTS[name], each["dollars"], each["dollars"] - one] for name, each in requests.items()]
    rows.append(["one more `GET streams/{id}`", figures["oneGetMore"]["dollars"], figures["oneGetMore"]["dollars"]])
    return table(
        ["request", "$", "$ beside the first"],
        [[name, dollars(cost, 6), dollars(more, 6) if more else ""] for name, cost, more in rows],
    )


def _month(figures: Figures) -> str:
    month, hour = figures["idleMonth"], figures["hourOfUse"]
    rows = [[line["service"], _amount(line), dollars(line["dollars"], 4)] for line in month["lines"] if line["count"]]
    rows.append(["**a month without a stream**", "", f"**{dollars(month['dollars'], 2)}**"])
    rows += [[line["service"], _amount(line), dollars(line["dollars"], 4)] for line in hour["lines"] if line["count"]]
    rows.append(["**each hour with a stream**", "", f"**{dollars(hour['dollars'], 4)}**"])
    return table(["service", "units", "$"], rows)


def _engines(engines: Sequence[Figures]) -> str:
    return table(
        ["engine", "$ a stream", "saves $100 a month from"],
        [[each["engine"], dollars(each["dollars"], 6), _from(each["streamsADayFromWhichItPays"])] for each in engines],
    )


def _scales(scales: Sequence[Figures]) -> str:
    rows: dict[str, Callable[[Figures], str]] = {
        "state transitions a day": lambda each: number(each["transitionsADay"]),
        "calls of functions a day": lambda each: number(each["functionCallsADay"]),
        "$ a month": lambda each: dollars(each["dollarsAMonth"], 2),
        "busiest hour: streams a second": lambda each: _rate(each, "startsASecond"),
        "state transitions a second": lambda each: _rate(each, "transitionsASecond"),
        "functions at once": lambda each: _rate(each, "functionsAtOnce"),
        "index `due`, what is pending: write units a second": lambda each: _rate(each, "pendingUnitsASecond"),
        "index `due`, what is not announced": lambda each: _rate(each, "unannouncedUnitsASecond"),
        "index `owned`, if all are of one caller": lambda each: _rate(each, "ownerUnitsASecond"),
        "each of the items of a pool, if all are of one": lambda each: _rate(each, "poolUnitsASecond"),
    }
    heads = ["streams a day", *(number(each["streamsADay"]) for each in scales)]
    return table(heads, [[name, *(show(each) for each in scales)] for name, show in rows.items()])


def _limits(limits: Sequence[Figures]) -> str:
    known = {limit.name: limit for limit in LIMITS}
    return table(
        ["limit", "default", "met at streams a second", "what to raise, or to do"],
        [
            [
                f"[{each['limit']}]({known[each['limit']].page})",
                number(each["default"]),
                number(each["streamsASecond"]),
                known[each["limit"]].remedy,
            ]
            for each in limits
        ],
    )


def _bursts(bursts: Sequence[Figures]) -> str:
    rows = {
        "seconds until all have come, at 300 a second": "secondsToArrive",
        "seconds until all streams are made, at 5 a second": "secondsToCreate",
        "executions open at most": "openExecutions",
        "writes a second of the item of the pace": "paceWritesASecond",
        "write units a second of index `due`, what is pending": "pendingUnitsASecond",
        "state transitions, without those for waiting for a turn": "transitionsWithoutTurns",
    }
    heads = ["requests", *(number(each["requests"]) for each in bursts)]
    return table(heads, [[name, *(number(each[key]) for each in bursts)] for name, key in rows.items()])


def _calls(request: Figures, service: str) -> int:
    return sum(times for call, times in request["calls"].items() if call.split(": ")[1].startswith(f"{service} "))


def _amount(line: Figures) -> str:
    if line["unit"].startswith("bytes "):
        return f"{line['count'] / 1000:,.0f} KB {line['unit'].removeprefix('bytes ')}"
    return f"{number(line['count'])} {line['unit']}"


def _rate(scale: Figures, name: str) -> str:
    return f"{scale['inTheBusiestHour'][name]:,.3g}"


def _from(streams: float | None) -> str:
    """Two digits are as many as the assumptions bear."""
    if streams is None:
        return ""
    return f"{round(streams, 1 - math.floor(math.log10(streams))):,.0f} streams a day"

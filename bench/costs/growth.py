"""How the work grows with the streams: on paper, from what one stream was counted to take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench import prices
from bench.costs.bill import Line, gigabyte_seconds, history_events, total
from bench.costs.limits import LIMITS, PerStream
from bench.costs.meter import Cpu
from bench.costs.requests import CALLER, Ended
from greenroom.adapters.schedules_table import PARTS
from greenroom.record.items import DUE_INDEX, OWNED_INDEX
from greenroom.record.model import Open

SCALES = (1, 100, 10_000, 1_000_000)
BURSTS = (100, 10_000, 100_000)
HOURS_A_DAY, SECONDS_A_DAY, DAYS_A_MONTH = 24, 86_400, 365 / 12
# The share of a day's streams that come in its busiest hour.
BUSIEST_HOUR = 0.2
# How long a key is cached, and what X-Ray records beyond one trace a second.
KEYS_A_DAY, TRACED = SECONDS_A_DAY / 300, 0.05
# A burst arrives as fast as Step Functions starts executions; the streaming service makes few streams a second.
ARRIVALS_A_SECOND, CREATES_A_SECOND = 300, 5
# Of a request that waits for its turn: it joins the queue, and takes its turn.
WRITES_A_TURN = 2


def measure(
    ended: Ended, cpu: Cpu, lines: Sequence[Line], month: Sequence[Line], hour: Sequence[Line]
) -> dict[str, Any]:
    """Return the tables on growth. `lines`: of one stream; `month`: of one without any; `hour`: of one with some."""
    one = per_stream(ended, cpu)
    return {
        "historyEvents": history_events(ended.execution),
        "scales": [_scale(number, one, lines, total(month), total(hour)) for number in SCALES],
        "bursts": [_burst(number, one) for number in BURSTS],
        "limits": sorted(
            (
                {"limit": limit.name, "default": limit.default, "streamsASecond": round(limit.most(one), 1)}
                for limit in LIMITS
            ),
            key=lambda row: float(row["streamsASecond"]),
        ),
    }


def per_stream(ended: Ended, cpu: Cpu) -> PerStream:
    counted = ended.counted
    return PerStream(
        transitions=ended.execution.transitions,
        functions=counted.times(),
        function_seconds=gigabyte_seconds(counted, cpu),
        api_calls=counted.times("Api"),
        record_units=sum(units for (_, table), units in counted.write_units.items() if table == "records"),
        pending_units=counted.partitions[DUE_INDEX, Open.PENDING],
        unannounced_units=counted.partitions[DUE_INDEX, Open.UNANNOUNCED],
        owner_units=counted.partitions[OWNED_INDEX, CALLER],
        pool_units=counted.write_units["Announce", "schedules"] / PARTS,
    )


def _scale(number: int, one: PerStream, lines: Sequence[Line], month: float, hour: float) -> dict[str, Any]:
    """So many streams a day, spread over as many of its hours as there are streams for."""
    rate = number * BUSIEST_HOUR / 3600
    day = sum(line.price.of(_a_day(line, number)) for line in lines) + min(HOURS_A_DAY, number) * hour
    return {
        "streamsADay": number,
        "transitionsADay": number * one.transitions,
        "functionCallsADay": number * one.functions,
        "dollarsAMonth": round(month + day * DAYS_A_MONTH, 2),
        "inTheBusiestHour": {
            "startsASecond": round(rate, 3),
            "transitionsASecond": round(rate * one.transitions, 3),
            "functionsAtOnce": round(rate * one.function_seconds, 3),
            **{f"{name}UnitsASecond": round(rate * units, 3) for name, units in one.partitions.items()},
        },
    }


def _a_day(line: Line, number: int) -> float:
    """The units of a day. Each key is asked for once in five minutes at most, and few of many traces are recorded."""
    if line.price is prices.KMS_REQUEST:
        return line.count * min(number, KEYS_A_DAY)
    if line.price is prices.TRACE:
        return max(TRACED * line.count * number, min(line.count * number, SECONDS_A_DAY))
    return line.count * number


def _burst(number: int, one: PerStream) -> dict[str, Any]:
    """So many requests that come as fast as they can be started, for a service that makes few streams a second."""
    arriving, creating = number / ARRIVALS_A_SECOND, number / CREATES_A_SECOND
    joining = min(number, ARRIVALS_A_SECOND)
    return {
        "requests": number,
        "secondsToArrive": round(arriving, 1),
        "secondsToCreate": round(creating, 1),
        "openExecutions": round(number * (1 - CREATES_A_SECOND / ARRIVALS_A_SECOND)),
        "paceWritesASecond": joining + WRITES_A_TURN * CREATES_A_SECOND,
        "pendingUnitsASecond": joining * one.pending_units / 2 + CREATES_A_SECOND,
        "transitionsWithoutTurns": number * one.transitions,
    }

"""The tables of docs/cost.md: each from what was counted, multiplied on paper where it says how the work grows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

from bench.costs.bill import Line, Stack, bill, by_the_hour, engines, idle, total
from bench.costs.meter import Counted
from bench.costs.stage import CALLER, GAMELIFT_STREAMS, NIMBLE, staged, sweep
from bench.prices import GIGABYTE, Price
from greenroom.adapters.schedules_table import PARTS
from greenroom.record.items import DUE_INDEX, OWNED_INDEX
from greenroom.record.model import Open
from simulation.template import synthesised

LOOK = 2
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
# What somebody's work has to be worth before one builds on another engine.
WORTHWHILE_DOLLARS_A_MONTH = 100.0
_AWS = "https://docs.aws.amazon.com"
_API_GATEWAY = f"{_AWS}/apigateway/latest/developerguide/api-gateway-request-throttling.html"
_EVENTBRIDGE = f"{_AWS}/general/latest/gr/ev.html"
_LAMBDA = f"{_AWS}/lambda/latest/dg/gettingstarted-limits.html"
_NEW_TABLE = f"{_AWS}/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
_PARTITION = f"{_AWS}/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
_SNS = f"{_AWS}/general/latest/gr/sns.html"
_STEP_FUNCTIONS = f"{_AWS}/step-functions/latest/dg/service-quotas.html"


class Figure(float):
    """A number, and how the page has it."""

    text: str

    def __new__(cls, value: float, text: str) -> Self:
        figure = super().__new__(cls, value)
        figure.text = text
        return figure

    def __str__(self) -> str:
        return self.text


Row = Mapping[str, str | Figure]
"""The cells by the heads of their columns."""
Table = Sequence[Row]
T = TypeVar("T")


def markdown(table: Table) -> str:
    lines = [list(table[0]), ["---"] * len(table[0]), *(map(str, row.values()) for row in table)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> Figure:
    return Figure(value, f"{value:,.0f}" if value == int(value) else f"{value:,.2f}")


def dollars(value: float, places: int) -> Figure:
    return Figure(value, f"{value:,.{places}f}")


def bold(figure: Figure) -> Figure:
    return Figure(figure, f"**{figure}**")


@dataclass(frozen=True)
class Costs:
    """What was counted of each request, by its words, and of one more `get`."""

    requests: Mapping[str, Counted]
    get: Counted

    @property
    def one(self) -> Counted:
        return next(iter(self.requests.values()))

    @cached_property
    def stack(self) -> Stack:
        return synthesised({})

    @cached_property
    def month(self) -> Sequence[Line]:
        """The lines of a month without a stream."""
        return idle(self.stack, sweep())

    @cached_property
    def hour(self) -> Sequence[Line]:
        """The lines of an hour with streams, beside the streams themselves."""
        return by_the_hour(self.stack, self.one)


def count() -> Costs:
    """Play the requests, in a few seconds."""
    with staged(GAMELIFT_STREAMS) as stage:
        of_gamelift_streams = stage.ready_at_once()
    with staged(NIMBLE) as stage:
        requests = {
            "ready at the second poll, told to the topic": stage.ready_at_look(LOOK),
            "ready at the third poll": stage.ready_at_look(LOOK + 1),
            "ready at the second poll, told to a webhook": stage.with_webhook(LOOK),
            "not ready in 900 s": stage.never_ready(),
            "of GameLift Streams, with room at once": of_gamelift_streams,
        }
        return Costs(requests, stage.shown())


def _counted(costs: Costs) -> Table:
    rows: Mapping[str, Callable[[Counted], float]] = {
        "state transitions": lambda each: each.transitions,
        "events in the execution's history": lambda each: each.history_events,
        "calls of functions": lambda each: each.times(),
        "of these, of the API": lambda each: each.times("Api"),
        "calls of the streaming service": lambda each: (
            each.count(NIMBLE.provider) + each.count(GAMELIFT_STREAMS.provider)
        ),
        "calls of DynamoDB": lambda each: each.count("dynamodb"),
        "write request units": lambda each: each.written(),
        "of these, for what was seen and learned": lambda each: each.written("schedules"),
        "of these, for the two indexes": lambda each: each.written(f"index {OWNED_INDEX}", f"index {DUE_INDEX}"),
        "read request units": lambda each: each.read_units,
        "the record at its end, in bytes": lambda each: each.record_bytes,
        "messages to SNS": lambda each: each.count("sns"),
        "events to EventBridge": lambda each: each.count("eventbridge"),
        "requests to SQS by functions": lambda each: each.count("sqs"),
        "requests to Secrets Manager": lambda each: each.count("secrets-manager"),
    }
    return _across("", costs.requests, rows)


def _one(costs: Costs) -> Table:
    lines = [line for line in bill(costs.one) if line.count]
    busy = sum(line.busy_dollars for line in lines)
    rows: list[tuple[str | Figure, ...]] = [
        (line.service, _amount(line), *_prices(line.dollars, line.busy_dollars)) for line in lines
    ]
    rows.append(("**together**", "", *map(bold, _prices(total(lines), busy))))
    heads = ("service", "for one stream", "$ a stream", "$ for 1,000", "$ for 1,000 in a busy hour")
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _prices(each: float, busy: float) -> tuple[Figure, Figure, Figure]:
    return dollars(each, 7), dollars(1000 * each, 4), dollars(1000 * busy, 4)


def _variants(costs: Costs) -> Table:
    first = total(bill(costs.one))
    rows = {name: (cost := total(bill(each)), cost - first) for name, each in costs.requests.items()}
    more = total(bill(costs.get))
    rows["one more `GET streams/{id}`"] = (more, more)
    return [
        {"request": name, "$": dollars(cost, 6), "$ beside the first": dollars(more, 6) if more else ""}
        for name, (cost, more) in rows.items()
    ]


def _month(costs: Costs) -> Table:
    def part(lines: Sequence[Line], name: str, places: int) -> Table:
        rows: list[Row] = [
            {"service": line.service, "units": _amount(line), "$": dollars(line.dollars, 4)} for line in lines
        ]
        return [*rows, {"service": f"**{name}**", "units": "", "$": bold(dollars(total(lines), places))}]

    month, hour = ([line for line in lines if line.count] for lines in (costs.month, costs.hour))
    return [*part(month, "a month without a stream", 2), *part(hour, "each hour with a stream", 4)]


def _engines(costs: Costs) -> Table:
    prices = engines(costs.one)
    ours = next(iter(prices.values()))
    return [
        {"engine": name, "$ a stream": dollars(price, 6), "saves $100 a month from": _pays_from(ours - price)}
        for name, price in prices.items()
    ]


def _pays_from(saved: float) -> str | Figure:
    """The streams a day from which on it saves what the work is worth, in two digits."""
    if saved <= 0:
        return ""
    streams = WORTHWHILE_DOLLARS_A_MONTH / DAYS_A_MONTH / saved
    return Figure(streams, f"{round(streams, 1 - math.floor(math.log10(streams))):,.0f} streams a day")


def _scales(costs: Costs) -> Table:
    """So many streams a day, spread over as many of its hours as there are streams for."""
    one, lines = costs.one, bill(costs.one)

    def a_month(streams: int) -> Figure:
        day = sum(line.price.of(_a_day(line, streams)) for line in lines) + min(HOURS_A_DAY, streams) * total(
            costs.hour
        )
        return dollars(total(costs.month) + day * DAYS_A_MONTH, 2)

    def busiest(units: float) -> Callable[[int], Figure]:
        def a_second(streams: int) -> Figure:
            rate = round(units * streams * BUSIEST_HOUR / 3600, 3)
            return Figure(rate, f"{rate:,.3g}")

        return a_second

    rows: Mapping[str, Callable[[int], float]] = {
        "state transitions a day": lambda streams: streams * one.transitions,
        "calls of functions a day": lambda streams: streams * one.times(),
        "$ a month": a_month,
        "busiest hour: streams a second": busiest(1),
        "state transitions a second": busiest(one.transitions),
        "functions at once": busiest(one.function_seconds),
        "index `due`, what is pending: write units a second": busiest(one.partitions[DUE_INDEX, Open.PENDING]),
        "index `due`, what is not announced": busiest(one.partitions[DUE_INDEX, Open.UNANNOUNCED]),
        "index `owned`, if all are of one caller": busiest(one.partitions[OWNED_INDEX, CALLER]),
        "each of the items of a pool, if all are of one": busiest(_pool_units(one)),
    }
    return _across("streams a day", {f"{streams:,}": streams for streams in SCALES}, rows)


def _a_day(line: Line, streams: int) -> float:
    """The units of a day. Each key is asked for once in five minutes at most, and few of many traces are recorded."""
    if line.price is Price.KMS_REQUEST:
        return line.count * min(streams, KEYS_A_DAY)
    if line.price is Price.TRACE:
        return max(TRACED * line.count * streams, min(line.count * streams, SECONDS_A_DAY))
    return line.count * streams


def _pool_units(one: Counted) -> float:
    return one.write_units["Announce", "schedules"] / PARTS


def _limits(costs: Costs) -> Table:
    """Limits and quotas by their defaults in us-west-2, in the order in which they are met."""
    one = costs.one
    # The name, what there is a second or at once, what a stream takes of it, what to raise or to do, and the page.
    limits = [
        ("Lambda: concurrent executions", 1_000, one.function_seconds, "quota `Concurrent executions`", _LAMBDA),
        (
            "our own setting `apiRequestsPerSecond`",
            300,
            1,  # API Gateway counts each method by itself, and a stream calls none twice
            "the setting, with `apiBurst`; events and `StartExecution` are not under it",
            "deploy.md#settings",
        ),
        ("API Gateway: requests of the account", 10_000, one.times("Api"), "quota `Throttle rate`", _API_GATEWAY),
        ("Step Functions: StartExecution (bucket: 1,300)", 300, 1, "quota `StartExecution`", _STEP_FUNCTIONS),
        (
            "Step Functions: StateTransition (bucket: 5,000)",
            5_000,
            one.transitions,
            "quota `StateTransition`",
            _STEP_FUNCTIONS,
        ),
        (
            "DynamoDB: a partition, of the index `owned`, if all are of one caller",
            1_000,
            one.partitions[OWNED_INDEX, CALLER],
            "callers of their own, or requests by event, which have no owner",
            _PARTITION,
        ),
        (
            "DynamoDB: a partition, of the index `due`: all that is pending",
            1_000,
            one.partitions[DUE_INDEX, Open.PENDING],
            "a key for each of several parts, which the sweep reads one after the other, in a release of its own",
            _PARTITION,
        ),
        (
            "DynamoDB: a partition, of the index `due`: all that is not announced",
            1_000,
            one.partitions[DUE_INDEX, Open.UNANNOUNCED],
            "the same",
            _PARTITION,
        ),
        (
            "DynamoDB: the items that hold what was seen of a pool, if all are of one pool",
            1_000,
            _pool_units(one),
            "more parts; what is not learned then is counted, and fails no request",
            _PARTITION,
        ),
        (
            "DynamoDB: a new on-demand table, the records",
            4_000,
            one.written("records"),
            "the setting `warmWriteUnits`; it grows by itself to twice of what it served",
            _NEW_TABLE,
        ),
        ("EventBridge: PutEvents", 10_000, 1, "quota `PutEvents throttle limit`", _EVENTBRIDGE),
        ("SNS: Publish", 9_000, 1, "quota `Messages Published per Second`", _SNS),
    ]
    rows: list[Row] = [
        {
            "limit": f"[{name}]({page})",
            "default": number(default),
            "met at streams a second": number(round(default / takes, 1)),
            "what to raise, or to do": remedy,
        }
        for name, default, takes, remedy, page in limits
    ]
    return sorted(rows, key=lambda row: float(row["met at streams a second"]))


def _bursts(costs: Costs) -> Table:
    """So many requests that come as fast as they can be started, for a service that makes few streams a second."""
    one = costs.one

    def joining(requests: int) -> int:
        return min(requests, ARRIVALS_A_SECOND)

    pending = one.partitions[DUE_INDEX, Open.PENDING]
    rows: Mapping[str, Callable[[int], float]] = {
        "seconds until all have come, at 300 a second": lambda requests: round(requests / ARRIVALS_A_SECOND, 1),
        "seconds until all streams are made, at 5 a second": lambda requests: requests / CREATES_A_SECOND,
        "executions open at most": lambda requests: round(requests * (1 - CREATES_A_SECOND / ARRIVALS_A_SECOND)),
        "writes a second of the item of the pace": lambda requests: (
            joining(requests) + WRITES_A_TURN * CREATES_A_SECOND
        ),
        "write units a second of index `due`, what is pending": lambda requests: (
            joining(requests) * pending / 2 + CREATES_A_SECOND
        ),
        "state transitions, without those for waiting for a turn": lambda requests: requests * one.transitions,
    }
    return _across("requests", {f"{requests:,}": requests for requests in BURSTS}, rows)


def _list_prices(_: Costs) -> Table:
    return [
        {
            "what": price.unit,
            "$": f"{price.dollars:g} for {'a GB' if price.units == GIGABYTE else number(price.units)}",
            "of": price.page,
        }
        for price in Price
    ]


def _across(head: str, columns: Mapping[str, T], rows: Mapping[str, Callable[[T], float]]) -> Table:
    def cell(value: float) -> Figure:
        return value if isinstance(value, Figure) else number(value)

    return [
        {head: name, **{column: cell(find(each)) for column, each in columns.items()}} for name, find in rows.items()
    ]


def _amount(line: Line) -> str:
    unit = line.price.unit
    if unit.startswith("bytes "):
        return f"{line.count / 1000:,.0f} KB {unit.removeprefix('bytes ')}"
    return f"{number(line.count)} {unit}"


TABLES: Mapping[str, Callable[[Costs], Table]] = {
    "counted": _counted,
    "one": _one,
    "variants": _variants,
    "month": _month,
    "engines": _engines,
    "scales": _scales,
    "limits": _limits,
    "bursts": _bursts,
    "prices": _list_prices,
}


def measure() -> dict[str, Table]:
    """Return every table by its name."""
    costs = count()
    return {name: table(costs) for name, table in TABLES.items()}

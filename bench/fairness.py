"""Owners who share the pace of a service: how long each waits for a turn. `python -m bench fairness [--requests N]`.

Calls of the real pacer, with its real table adapter, on a virtual clock; the service is a token bucket of one second's
size. Ada asks for one stream a second, alone or beside the many requests of a portal.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any, cast

from botocore.model import OperationModel
from botocore.session import Session

from bench.options import number, whole_number
from greenroom.adapters.paces_table import DynamoDbPaces
from greenroom.domain.errors import ThrottlingException
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.pacing.lanes import lane_of
from simulation.deployment import AWS, DYNAMODB_SECONDS
from simulation.dynamodb import DynamoDb
from simulation.process import environment
from simulation.scheduler import Scheduler
from simulation.wire import Answer, answered

ADA, BOB, PORTAL = (lane_of(name, batch=False) for name in ("ada", "bob", "portal"))
BATCH = lane_of("portal", batch=True)
ARRIVALS_A_SECOND = 300.0
# When the others come, and how many of them, one a second.
_LATER, _FEW = 10.0, 20
# How long a function takes around its call of the pacer, and to its call of the service, about.
_LATENCY = 0.1


@dataclass(frozen=True)
class Asked:
    """A request: when it comes, in seconds, and in which lane it stands."""

    at: float
    lane: str


@dataclass
class Crowd:
    """Requests of one call each, against a service that takes so many calls a second."""

    asked: Sequence[Asked]
    rate: float
    waits: dict[str, list[float]] = field(default_factory=dict)
    ended: float = 0.0

    def play(self, seed: int) -> Crowd:
        chance = random.Random(seed)  # noqa: S311  # no secret
        clock = Scheduler()
        dynamodb = DynamoDb({"paces": ("id",)}, lambda: clock.elapsed)
        self._level, self._at = self.rate, 0.0

        def answer(model: OperationModel, params: Mapping[str, Any]) -> Answer:
            clock.sleep(DYNAMODB_SECONDS)
            return dynamodb.answer(model, params)

        with environment(AWS), clock.running():
            with answered({"dynamodb": answer}):
                paces = DynamoDbPaces(cast("Any", Session().create_client("dynamodb")), "paces")
            pacer = Pacer(paces, lambda: datetime.now(UTC))
            for each in self.asked:
                clock.spawn(partial(self._request, each, clock, pacer, chance), each.at)
            clock.run()
        return self

    def _request(self, asked: Asked, clock: Scheduler, pacer: Pacer, chance: random.Random) -> None:
        arrived, ticket = datetime.now(UTC), ""
        while True:
            clock.sleep(chance.uniform(0.5, 1.5) * _LATENCY)
            try:
                pacer.ask("bench/create", lambda: self._call(clock), lane=asked.lane, arrived_at=arrived, ticket=ticket)
            except NotYet as not_yet:
                ticket = not_yet.ticket
                clock.sleep(not_yet.seconds)
            else:
                break
        self.waits.setdefault(asked.lane, []).append(clock.elapsed - asked.at)
        self.ended = clock.elapsed

    def _call(self, clock: Scheduler) -> None:
        self._level = min(self.rate, self._level + (clock.elapsed - self._at) * self.rate)
        self._at = clock.elapsed
        if self._level < 1:
            raise ThrottlingException("Too many requests")
        self._level -= 1


@dataclass(frozen=True)
class Row:
    """Of one lane in one crowd: how many requests, their median and longest wait, and the end of all, in seconds."""

    crowd: str
    lane: str
    requests: int
    median: float
    longest: float
    ended: float


def measure(requests: int, rate: float, seed: int = 1) -> list[Row]:
    ada = [Asked(_LATER + second, ADA) for second in range(_FEW)]
    crowds: Mapping[str, tuple[list[Asked], Mapping[str, str]]] = {
        "ada alone": (ada, {ADA: "ada"}),
        "beside a portal": ([*_many(requests, PORTAL), *ada], {ADA: "ada", PORTAL: "portal"}),
        "beside its batch": ([*_many(requests, BATCH), *ada], {ADA: "ada", BATCH: "batch"}),
        "two portals": (
            [*_many(requests // 2, PORTAL), *_many(requests // 2, BOB, _LATER)],
            {PORTAL: "portal", BOB: "the second"},
        ),
    }
    rows = []
    for name, (asked, lanes) in crowds.items():
        crowd = Crowd(asked, rate).play(seed)
        rows += [_row(name, shown, crowd.waits[lane], crowd.ended) for lane, shown in lanes.items()]
    return rows


def _many(count: int, lane: str, after: float = 0.0) -> list[Asked]:
    return [Asked(after + number / ARRIVALS_A_SECOND, lane) for number in range(count)]


def _row(crowd: str, lane: str, waits: Sequence[float], ended: float) -> Row:
    return Row(crowd, lane, len(waits), round(median(waits), 1), round(max(waits), 1), round(ended, 1))


def table(rows: Sequence[Row]) -> str:
    """The rows as docs/waiting.md has them."""
    heads = ["| | whose | requests | median wait | longest wait | all served after |", f"|{' --- |' * 6}"]
    cells = [
        f"| {r.crowd} | {r.lane} | {r.requests:,} | {r.median} s | {r.longest} s | {r.ended:.0f} s |" for r in rows
    ]
    return "\n".join([*heads, *cells])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench fairness", description="Owners who share a pace")
    parser.add_argument("--requests", type=whole_number, default=2000, metavar="N", help="of the portal (2000)")
    parser.add_argument("--rate", type=number, default=50, metavar="R", help="calls a second (50)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON array on stdout")
    options = parser.parse_args(argv)
    rows: Any = measure(options.requests, options.rate, options.seed)
    print(json.dumps([asdict(row) for row in rows]) if options.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Requests in flight while something that they need is away, by the real definition and handlers on virtual time.

`python -m bench outages [--kind KIND] [--seconds S] [--json]`: 300 requests at 30 a second, whose streams are ready
after about 25 s and whose deadline is a day off. From second 20 on, one thing is away for so long. All of them should
become ready, the later the longer it was away. The streams live for an hour, since one that lives for two minutes, as
by default, is over before an outage of three is. It takes some minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context

from bench.burst import drawn
from bench.options import number, whole_number
from simulation.aws.lambdas import THROTTLED
from simulation.deployment import Deployment
from simulation.dynamodb import DynamoDbError
from simulation.load import Load, play
from simulation.policies import POLICIES, RECORDS, TABLES

REQUESTS, ARRIVALS = 300, 30.0
BEGINS = 20.0
SECONDS = (10.0, 20.0, 30.0, 60.0, 180.0)


@dataclass(frozen=True)
class Row:
    """How the requests ended. `last_ready_at`: seconds after the first request; `left`: no outcome is on record."""

    kind: str
    seconds: float
    ready: int
    failed: int
    timed_out: int
    left: int
    last_ready_at: float | None


def _without_tables(tables: Iterable[str], deployment: Deployment, seconds: float) -> None:
    """DynamoDB's own failure is InternalServerError, status 500.

    So it is taken to be while KMS does not answer: AWS documents an error of its own only for a key that may not be
    used (AccessDeniedException), which is nothing that passes.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    away = frozenset(tables)

    def refuse(table: str) -> DynamoDbError | None:
        if table in away and _is_away(deployment, seconds):
            return DynamoDbError("InternalServerError", "The request could not be completed")
        return None

    deployment.dynamodb.refuses = refuse


def _without_lambda(error: str, deployment: Deployment, seconds: float) -> None:
    deployment.functions.refuses = lambda: error if _is_away(deployment, seconds) else None


def _without_service(deployment: Deployment, seconds: float) -> None:
    deployment.scheduler.spawn(lambda: deployment.service.set_outage(seconds, "ConnectionReset"), BEGINS)


def _is_away(deployment: Deployment, seconds: float) -> bool:
    return BEGINS <= deployment.scheduler.elapsed < BEGINS + seconds


KINDS: Mapping[str, Callable[[Deployment, float], None]] = {
    "records": partial(_without_tables, [RECORDS]),
    "lambda": partial(_without_lambda, "Lambda.ServiceException"),
    "lambda-throttled": partial(_without_lambda, THROTTLED),
    "kms": partial(_without_tables, [table.name for table in TABLES]),
    "service": _without_service,
}
"""What is away: the table of records, Lambda (which fails, or throttles), the key of all tables, the service."""


def measure(kind: str, seconds: float, requests: int = REQUESTS) -> Row:
    """Play the requests through one outage."""
    load = Load(drawn(requests, 1), ARRIVALS, 1000, {}, bucket=1, seed=1, fields={"expirationInSeconds": 3600})
    seen = play(load, POLICIES["greenroom"], disturb=lambda deployment: KINDS[kind](deployment, seconds))
    outcomes = Counter(seen.states)
    ready = [execution.ended for execution, state in zip(seen.executions, seen.states, strict=True) if state == "ready"]
    failed, timed_out = outcomes["failed"], outcomes["timed_out"]
    return Row(
        kind,
        seconds,
        ready=len(ready),
        failed=failed,
        timed_out=timed_out,
        left=requests - len(ready) - failed - timed_out,
        last_ready_at=round(max(ready), 1) if ready else None,
    )


def _measure_all(kinds: Sequence[str], lengths: Sequence[float], requests: int) -> list[Row]:
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        begun = [pool.submit(measure, kind, seconds, requests) for kind in kinds for seconds in lengths]
        return [each.result() for each in begun]


def _print(rows: Iterable[Row]) -> None:
    print("| away | for | ready | failed | timed out | left pending | last ready at |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        last = "never" if row.last_ready_at is None else f"{row.last_ready_at:,} s"
        cells = (row.kind, f"{row.seconds:g} s", row.ready, row.failed, row.timed_out, row.left, last)
        print(f"| {' | '.join(map(str, cells))} |")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench outages", description="Requests in flight in an outage")
    parser.add_argument("--kind", choices=KINDS, action="append", help="all, unless some are named")
    parser.add_argument("--seconds", type=number, action="append", metavar="S", help="10, 20, 30, 60 and 180")
    parser.add_argument("--requests", type=whole_number, default=REQUESTS, metavar="N", help=f"{REQUESTS}")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args(argv)
    rows = _measure_all(options.kind or tuple(KINDS), options.seconds or SECONDS, options.requests)
    if options.json:
        print(json.dumps({"outages": [asdict(row) for row in rows]}))
    else:
        _print(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

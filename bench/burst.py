"""A burst of requests against a service that limits its calls, by the real definition and handlers on virtual time.

`python -m bench burst --requests N --create-rate R --get-rate R [--json]`; a request takes about 20 ms of CPU where
calls are paced, and several times that where they are not. Each policy has a process, and a processor if there is one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from bench.options import number, readiness, whole_number
from simulation.figures import CREATE, GET, measured
from simulation.load import Load
from simulation.policies import POLICIES

# The median of the readiness times that are drawn where none are given, and the spread of their logarithm.
READY_SECONDS, READY_SIGMA = 25.0, 0.4


def drawn(count: int, seed: int) -> list[float]:
    """Draw readiness times in seconds, log-normal."""
    source = random.Random(f"readiness {seed}")  # noqa: S311
    return [round(READY_SECONDS * source.lognormvariate(0, READY_SIGMA), 3) for _ in range(count)]


def measure(load: Load, policies: Sequence[str] = tuple(POLICIES)) -> dict[str, Any]:
    """Return the figures of a burst by policy. Progress is on stderr where that is a terminal."""
    workers = min(len(policies), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        begun = {policy: pool.submit(_measured, policy, load, sys.stderr.isatty()) for policy in policies}
        return {policy: result.result() for policy, result in begun.items()}


def _measured(policy: str, load: Load, tells: bool) -> dict[str, Any]:  # noqa: FBT001  # crosses to another process
    count = len(load.readiness)
    tenth = math.ceil(count / 10)

    def tell(ended: int, elapsed: float) -> None:
        if tells and (ended % tenth == 0 or ended == count):
            print(f"{policy}: {ended:,} of {count:,} requests ended after {elapsed:,.0f} s", file=sys.stderr)

    return measured(policy, load, tell)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench burst", description="A burst against a service with limits")
    parser.add_argument("--requests", type=whole_number, required=True, metavar="N")
    parser.add_argument("--create-rate", type=number, required=True, metavar="R", help="streams created a second")
    parser.add_argument("--get-rate", type=number, required=True, metavar="R", help="polls of streams a second")
    parser.add_argument("--arrival-rate", type=number, default=300, metavar="R", help="requests a second (300)")
    parser.add_argument("--concurrency", type=whole_number, default=1000, metavar="N", help="functions at once (1000)")
    parser.add_argument("--readiness", type=readiness, metavar="FILE", help="seconds, a line each; repeated if short")
    parser.add_argument("--burst", type=number, default=1, metavar="S", help="token buckets, in seconds of rate (1)")
    parser.add_argument("--policy", choices=POLICIES, action="append", help="all, unless some are named")
    parser.add_argument("--portal", action="store_true", help="of one caller, on record before they start")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def _load(options: argparse.Namespace) -> Load:
    count = options.requests
    times = options.readiness or drawn(count, options.seed)
    return Load(
        readiness=[times[number % len(times)] for number in range(count)],
        arrival_rate=options.arrival_rate,
        concurrency=options.concurrency,
        limits={CREATE: options.create_rate, GET: options.get_rate},
        bucket=options.burst,
        seed=options.seed,
        by_portal=options.portal,
    )


def _print(results: Mapping[str, Mapping[str, Any]]) -> None:
    keys = [key for key in next(iter(results.values())) if key not in {"metrics", "series"}]
    print(f"{'':28}" + "".join(f"{policy:>20}" for policy in results))
    for key in keys:
        print(f"{key:28}" + "".join(f"{result[key]:>20,}" for result in results.values()))
    for policy, result in results.items():
        for metric, count in result["metrics"].items():
            print(f"{policy} counted {metric} {count:,} times")


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    results = measure(_load(options), options.policy or tuple(POLICIES))
    show: Callable[[Any], None] = (lambda found: print(json.dumps(found))) if options.json else _print
    show(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())

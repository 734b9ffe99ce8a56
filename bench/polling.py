"""How late and how often each policy polls streams that become ready at given times.

`python -m bench polling --readiness FILE.csv [--json]`: one readiness time in seconds a line, in order of arrival. Or
`--trace NAME`, one of the project's own. A policy sees of a stream only what its looks show.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from bench.options import number, readiness, whole_number
from bench.policies import Policy, planned, policies
from greenroom.flow.learning import Observation
from simulation.waits import TRACES, best_looks, trace

LOOK_COST = 0.5
OPTIMUM, OF_DISTRIBUTION = "optimum", "optimum-of-distribution"
# So many other streams of the same kind show the distribution of a trace.
OTHERS = 200_000
# The prices of a look, in seconds, that draw the optimum's curve.
PRICES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.5, 2.5, 5, 10)

Figures = dict[str, float]


def measure(readiness: Sequence[float], look_cost: float = LOOK_COST, first: int | None = None) -> dict[str, Figures]:
    """Return the figures by policy, of the first streams or of all. The optimum knows all of them."""
    peers = {**policies(look_cost), OPTIMUM: planned(best_looks(readiness, look_cost))}
    found = {name: figures(policy, readiness[:first], look_cost) for name, policy in peers.items()}
    return {name: _compared(each, found[OPTIMUM]) for name, each in found.items()}


def figures(policy: Policy, readiness: Sequence[float], look_cost: float) -> Figures:
    """Let the policy look at one stream after the other: means per stream, delays in seconds."""
    polled = [_poll(policy, seconds) for seconds in readiness]
    delays = sorted(delay for delay, _ in polled)
    mean_delay = sum(delays) / len(delays)
    looks = sum(count for _, count in polled) / len(polled)
    return {
        "getsPerStream": looks,
        "meanDelaySeconds": mean_delay,
        "p90DelaySeconds": delays[math.ceil(0.9 * len(delays)) - 1],
        "cost": mean_delay + look_cost * looks,
    }


def measure_trace(name: str, look_cost: float = LOOK_COST, first: int | None = None) -> dict[str, Any]:
    """The same for one of the project's traces: `policies`, and the `optimumCurve` over the price of a look.

    There is one policy more: the optimum that knows the distribution from which the streams are drawn, and not the
    streams, as little as anybody could who comes first.
    """
    readiness = trace(name)
    found = measure(readiness, look_cost, first)
    known = planned(best_looks(trace(name, OTHERS, seed=2), look_cost))
    found[OF_DISTRIBUTION] = _compared(figures(known, readiness[:first], look_cost), found[OPTIMUM])
    curve = [figures(planned(best_looks(readiness, price)), readiness, price) for price in PRICES]
    return {
        "policies": found,
        "optimumCurve": [[point["getsPerStream"], point["meanDelaySeconds"]] for point in curve],
    }


def measure_all(look_cost: float = LOOK_COST, first: int | None = None) -> dict[str, Any]:
    """The figures of all traces of the project, by name; a process for each of the computer's processors."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        begun = {name: pool.submit(measure_trace, name, look_cost, first) for name in TRACES}
        return {name: result.result() for name, result in begun.items()}


def _poll(policy: Policy, readiness: float) -> tuple[float, int]:
    """Return how many seconds after it is ready the stream is seen to be, and at which look."""
    after = 0
    for count, look in enumerate(policy.looks(), 1):
        if look >= readiness:
            policy.observe(Observation(after, look))
            return look - readiness, count
        after = look
    raise AssertionError("A policy never stops looking")


def _compared(found: Figures, optimum: Figures) -> Figures:
    compared = {**found, "costToOptimum": found["cost"] / optimum["cost"]}
    return {key: round(value, 3) for key, value in compared.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench polling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Figures are means per stream: polls, seconds from ready until seen, their 90th percentile, the cost\n"
        "(seconds of delay + the price of the polls), and this cost to that of the best polls for these very\n"
        "streams that are the same for each of them.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--readiness", type=readiness, metavar="FILE.csv", help="seconds, one stream a line")
    source.add_argument("--trace", choices=[*TRACES, "all"], metavar="NAME", help=f"{', '.join(TRACES)}, or all")
    parser.add_argument(
        "--look-cost", type=number, default=LOOK_COST, metavar="W", help="seconds a poll is worth (0.5)"
    )
    parser.add_argument(
        "--first", type=whole_number, metavar="N", help="figures of the first streams only; the optimum knows all"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def _print(found: Mapping[str, Figures], title: str) -> None:
    print(f"{title:20}{'polls':>9}{'delay':>9}{'p90':>9}{'cost':>9}{'to optimum':>12}")
    for name, values in found.items():
        looks, delay, p90, cost, ratio = values.values()
        print(f"{name:20}{looks:9.2f}{delay:9.2f}{p90:9.2f}{cost:9.2f}{ratio:12.3f}")


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.trace is None:
        found = {"": measure(options.readiness, options.look_cost, options.first)}
    elif options.trace == "all":
        traces = measure_all(options.look_cost, options.first)
        found = {name: each["policies"] for name, each in traces.items()}
    else:
        found = {options.trace: measure_trace(options.trace, options.look_cost, options.first)["policies"]}
    if options.json:
        print(json.dumps(found if options.trace == "all" else next(iter(found.values()))))
    else:
        for title, each in found.items():
            _print(each, title)
    return 0


if __name__ == "__main__":
    sys.exit(main())

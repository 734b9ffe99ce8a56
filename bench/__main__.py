"""The benchmarks that need nothing but this computer: `python -m bench polling …`, `python -m bench burst …`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "polling": "how late and how often each policy polls streams that become ready at given times",
    "burst": "a burst of requests against a service that limits its calls",
    "doors": "a burst of one caller's requests through each door, with AWS's limits",
    "events": "bursts of requests by event against the bucket of StartExecution",
    "fairness": "how long each owner waits for a turn at the pace that all share",
    "outages": "requests in flight while the table, Lambda, KMS or the service is away",
}


def main(argv: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if argv is None else list(argv)
    if given and given[0] in COMMANDS:
        # Each loads what it needs, and says by itself which options it takes.
        return int(import_module(f"bench.{given[0]}").main(given[1:]))
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="Each has its own --help. `make bench` runs the first two, and more.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary)
    parser.parse_args(given)
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""`python -m chaos`: the campaign. Exit status 0 where no invariant is broken, 1 where one is, 2 for wrong usage."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from chaos.campaign import Crash, each
from chaos.mutants import MUTANTS, table, try_all
from chaos.plan import plan
from chaos.report import Tally
from chaos.runs import Result, play, warm
from chaos.shrink import shrink
from chaos.synthesis import CHANGES, resources
from simulation.world import Code, loaded
from tools.generated import DOCS, replaced

RUNS = 20_000
MOST_REQUESTS = 3
PAGE = DOCS / "chaos.md"


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets is a part of a run.
        os.execvpe(  # noqa: S606  # itself
            sys.executable, [sys.executable, "-m", "chaos", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    template = resources()
    if options.mutants:
        return _plant(template, options)
    with loaded(template, CHANGES) as code:
        warm(code)
        tally = Tally(options.runs)
        seeds = range(options.seed, options.seed + options.runs)
        for result in each(lambda seed: play(code, seed, most=options.most), seeds, options.processes):
            tally.add(result)
            if isinstance(result, Result) and result.broken and len(tally.broken) <= options.show:
                _show(code, result, options)
            if isinstance(result, Crash):
                print(result.words, file=sys.stderr)
    tally.print()
    return 1 if tally.violations else 0


def _plant(template: Mapping[str, Any], options: argparse.Namespace) -> int:
    """Plant the defects. Returns 0 if each is caught."""
    tried = []
    for found in try_all(template, options.only or list(MUTANTS), options.runs, options.seed, options.processes):
        print(f"{found.name}: {found.words}", flush=True)
        tried.append(found)
    caught = sum(each.seed is not None for each in tried)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(replaced(page, {"planted": table(tried)}), encoding="utf-8")
    print(f"{len(tried)} planted defects, {caught} caught")
    return 0 if caught == len(tried) else 1


def _show(code: Code, result: Result, options: argparse.Namespace) -> None:
    """Print a violation with the smallest run that has it, and the command that plays it again."""
    print(f"\nseed {result.seed} ({result.mode}): {result.broken[0]}")
    (smallest,) = each(lambda _: _smallest(code, result, options.most), [None], options.processes)
    if isinstance(smallest, Crash):
        print(smallest.words)
        return
    print(f"  {len(smallest.faults)} faults are needed, of {len(set(result.keys))}:")
    for words in smallest.faults:
        print(f"    {words}")
    print("  what happens then:")
    for line in smallest.result.history:
        print(f"  {line}")
    print(f"  again: {_again(result, options.most)}\n", flush=True)


def _smallest(code: Code, result: Result, most: int) -> object:
    return shrink(
        result,
        plan(result.seed, most).parts,
        lambda only, without: play(code, result.seed, most=most, only=set(only), without=set(without)),
    )


def _again(result: Result, most: int) -> str:
    if most == MOST_REQUESTS:
        return f"make chaos RUNS=1 SEED={result.seed}"
    return f"python -m chaos --runs 1 --seed {result.seed} --most {most}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chaos", description="Play the whole deployment with faults, and check what must hold"
    )
    parser.add_argument("--runs", type=_count, default=RUNS, metavar="N", help=f"how many runs ({RUNS:,})")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the seed of the first run (0)")
    parser.add_argument("--most", type=_count, default=MOST_REQUESTS, metavar="N", help="requests of a run, at most")
    parser.add_argument("--processes", type=_count, default=os.cpu_count() or 1, metavar="N", help="runs at once")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="violations that are shown in full (5)")
    parser.add_argument("--mutants", action="store_true", help="plant defects, one after the other, and catch each")
    parser.add_argument(
        "--only", action="append", choices=MUTANTS, metavar="NAME", help="of the defects, only this one"
    )
    parser.add_argument("--write", action="store_true", help=f"write what came of them into docs/{PAGE.name}")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())

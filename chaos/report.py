"""What a campaign comes to: runs, outcomes, faults and what broke, as it goes and at its end."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from chaos.campaign import Crash
from chaos.invariants import HARD, SOFT
from chaos.runs import Result


class Tally:
    """Counts the results of so many runs. `broken`: the seeds of the runs in which a hard invariant broke."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._done = 0
        self._crashed = 0
        self._modes: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._invariants: dict[str, list[int]] = {}
        self.broken: list[int] = []

    @property
    def violations(self) -> int:
        """How many runs broke a hard invariant, or did not come to their end."""
        return len(self.broken) + self._crashed

    def add(self, result: Result | Crash) -> None:
        self._done += 1
        if isinstance(result, Crash):
            self._crashed += 1
        else:
            self._modes[result.mode] += 1
            self._outcomes.update(result.outcomes)
            self._faults.update(result.faults)
            for name in {each.invariant for each in result.violations}:
                self._invariants.setdefault(name, []).append(result.seed)
            self.broken += [result.seed] if result.broken else []
        if self._done % max(1, self._runs // 20) == 0:
            print(f"{self._done:,} of {self._runs:,} runs, {self.violations} violations", file=sys.stderr, flush=True)

    def print(self) -> None:
        """Print the tally, and `N runs, N violations` as its last line."""
        print(f"runs by mode: {_listed(self._modes)}")
        print(f"outcomes: {_listed(self._outcomes)}")
        print(f"faults: {_listed(self._faults)}")
        print("invariants that must never break:")
        for name in HARD:
            print(f"  {self._said(name)}")
        print("what AWS may do more than once, counted:")
        for name in SOFT:
            print(f"  {self._said(name)}")
        print(f"{self._done} runs, {self.violations} violations")

    def _said(self, name: str) -> str:
        seeds = self._invariants.get(name, [])
        where = f" in {len(seeds):,} runs, the first with seed {seeds[0]}" if seeds else ""
        return f"{'broke' if seeds else 'held '} {name.replace('_', ' ')}{where}"


def _listed(counter: Counter[Any]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counter.items(), key=lambda item: -item[1]))

"""Making a violation small: parts of the plan and faults are left out, one after the other, while it still happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from chaos.runs import Result

_NUMBER = re.compile(r" #(\d+):")
_EARLIER = 8


@dataclass(frozen=True)
class Smallest:
    """`faults`: the only ones that are needed; `without`: the parts of the plan that are not."""

    faults: Sequence[str]
    without: Sequence[str]
    result: Result


Play = Callable[[Collection[str], Collection[str]], Result]
"""Play a run with only these faults, and without these parts."""


def shrink(first: Result, parts: Sequence[str], play: Play) -> Smallest:
    """Return the smallest run in which the first invariant that broke still breaks."""
    broken = first.broken[0].invariant
    without: list[str] = []
    faults: list[str] = list(dict.fromkeys(first.keys))
    result = first

    def still(only: Collection[str], left_out: Collection[str]) -> Result | None:
        found = play(only, left_out)
        return found if any(each.invariant == broken for each in found.broken) else None

    size = max(1, len(faults) // 2)
    while faults and size:
        at = 0
        while at < len(faults):
            fewer = faults[:at] + faults[at + size :]
            if found := still(fewer, without):
                faults, result = fewer, found
            else:
                at += size
        size //= 2
    for part in parts:
        for same in _renumbered(faults):
            if found := still(same, [*without, part]):
                without.append(part)
                faults, result = same, found
                break
    return Smallest(faults, without, result)


def _renumbered(faults: Sequence[str]) -> Iterator[list[str]]:
    """Yield the faults, and then with one of them earlier: fewer calls come before it where a part is left out."""
    yield list(faults)
    for at, fault in enumerate(faults):
        if found := _NUMBER.search(fault):
            for number in range(int(found[1]) - 1, max(0, int(found[1]) - _EARLIER), -1):
                earlier = fault.replace(found[0], f" #{number}:")
                yield [*faults[:at], earlier, *faults[at + 1 :]]

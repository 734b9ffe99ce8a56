"""What goes wrong, and how long things take: all of it is decided by a seed, and each decision has a name of its own.

A decision depends on the seed, its name, and how often that name was asked before, and on nothing else. So a fault can
be left out, and all others stay what they were.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

_ALL = 1 << 64


@dataclass(frozen=True)
class Fault:
    """A fault that struck. `name`: the decision, such as `dynamodb.UpdateItem by GetStream #2`; `at`: seconds."""

    name: str
    kind: str
    at: float

    @property
    def key(self) -> str:
        return f"{self.name}: {self.kind}"


@dataclass(frozen=True)
class Outage:
    """A time in which every call that begins with one of `sites` ends with `kind`."""

    sites: Sequence[str]
    kind: str
    begins: float
    ends: float

    @property
    def name(self) -> str:
        return f"outage of {', '.join(self.sites)} from {self.begins:.0f} s to {self.ends:.0f} s"


@dataclass
class Weather:
    """Decides for one run.

    `chances`: by kind of fault, how likely it is at each place where it is possible. `only`: the keys of the faults
    that may strike; None: all. `clock`: the seconds since the start.
    """

    seed: str
    chances: Mapping[str, float] = field(default_factory=dict)
    outages: Sequence[Outage] = ()
    only: Collection[str] | None = None
    clock: Callable[[], float] = lambda: 0
    ends_at: float = float("inf")
    struck: list[Fault] = field(default_factory=list)
    _asked: Counter[str] = field(default_factory=Counter)

    def fault(self, site: str, kinds: Collection[str]) -> str | None:
        """Return the fault that strikes here, one of `kinds`, or None. No fault strikes after `ends_at`."""
        self._asked[site] += 1
        name, now = f"{site} #{self._asked[site]}", self.clock()
        for outage in self.outages:
            is_there = outage.kind in kinds and any(site.startswith(each) for each in outage.sites)
            fault = Fault(outage.name, outage.kind, now)
            if is_there and outage.begins <= now < outage.ends and self._may(fault.key):
                self._strike(fault)
                return outage.kind
        if now >= self.ends_at:
            return None
        drawn = self.share(name)
        for kind in kinds:
            drawn -= self.chances.get(kind, 0)
            if drawn < 0:
                fault = Fault(name, kind, now)
                if not self._may(fault.key):
                    return None
                self._strike(fault)
                return kind
        return None

    def between(self, site: str, low: float, high: float) -> float:
        """Return a number that is even between the two."""
        self._asked[site] += 1
        return low + (high - low) * self.share(f"{site} #{self._asked[site]}")

    def share(self, name: str) -> float:
        """Return a number from 0 to 1, the same for the same name."""
        digest = hashlib.blake2b(f"{self.seed}/{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / _ALL

    def _may(self, key: str) -> bool:
        return self.only is None or key in self.only

    def _strike(self, fault: Fault) -> None:
        self.struck.append(fault)

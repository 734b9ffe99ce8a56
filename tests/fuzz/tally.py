"""What a run has seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """`findings`: each once, with the first call that showed it. `accepted`: the paths of what was made."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    findings: dict[str, str] = field(default_factory=dict)

    def count(self, status: int) -> None:
        self.cases += 1
        self.statuses[status] += 1

    def found(self, what: str, call: str) -> None:
        self.findings.setdefault(what, call)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.cases + other.cases, self.statuses + other.statuses, {**other.findings, **self.findings})

    def __str__(self) -> str:
        statuses = ", ".join(f"{count} times {status}" for status, count in sorted(self.statuses.items()))
        found = "".join(f"\n{what}\n    {call}" for what, call in self.findings.items())
        return f"{statuses}{found}\n{self.cases} cases, {len(self.findings)} findings"

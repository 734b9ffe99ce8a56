"""A fake of what executions share about paces: it keeps the port's promise in memory, and fails when told to."""

from __future__ import annotations

from collections.abc import Mapping

from greenroom.domain.errors import PaceUnavailable
from greenroom.flow.pacing.paces import SEEN, VERSION, Change, Numbers


class InMemoryPaces:
    """`calls` names the port's functions in the order in which they were called; those named in `fails` fail."""

    def __init__(self) -> None:
        self.numbers: dict[str, dict[str, float]] = {}
        self.calls: list[str] = []
        self.fails: set[str] = set()

    def read(self, name: str, *, consistent: bool) -> Numbers:
        self._called("read", " consistently" if consistent else "")
        return dict(self.numbers.get(name, {}))

    def add(self, name: str, amounts: Mapping[str, int], *, seen: float | None = None) -> Numbers:
        self._called("add")
        if name not in self.numbers:
            return {}
        numbers = self.numbers[name]
        for number, amount in amounts.items():
            numbers[number] = numbers.get(number, 0) + amount
        if seen is not None:
            numbers[SEEN] = seen
        return dict(numbers)

    def change(self, name: str, change: Change) -> bool:
        self._called("change")
        if self.numbers.get(name, {}).get(VERSION, 0) != change.version:
            return False
        numbers = self.numbers.setdefault(name, {})
        numbers |= {**change.put, VERSION: change.version + 1}
        for number, amount in change.add.items():
            numbers[number] = numbers.get(number, 0) + amount
        for number in change.remove:
            numbers.pop(number, None)
        return True

    def _called(self, name: str, how: str = "") -> None:
        self.calls.append(name + how)
        if name in self.fails:
            raise PaceUnavailable(f"Told to fail to {name}")

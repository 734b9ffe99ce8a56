"""A fake of what functions share about hosts that hang: it keeps the port's promise, and fails when told to."""

from __future__ import annotations

from greenroom.delivery.patience import Hang
from greenroom.domain.errors import PaceUnavailable


class InMemoryHangs:
    def __init__(self, **hangs: Hang) -> None:
        self.hangs = dict(hangs)
        self.fails = False

    def read(self, host: str) -> Hang | None:
        self._called()
        return self.hangs.get(host)

    def keep(self, host: str, hang: Hang) -> None:
        self._called()
        self.hangs[host] = hang

    def replace(self, host: str, seen: Hang, hang: Hang) -> bool:
        self._called()
        is_as_seen = host in self.hangs and self.hangs[host].until == seen.until
        if is_as_seen:
            self.hangs[host] = hang
        return is_as_seen

    def forget(self, host: str) -> None:
        self._called()
        self.hangs.pop(host, None)

    def _called(self) -> None:
        if self.fails:
            raise PaceUnavailable("Told to fail")

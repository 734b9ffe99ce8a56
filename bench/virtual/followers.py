"""The functions that follow a table: Lambda hands them its changes, in order, in batches, a bit later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sfnx.testing import Failure

from bench.virtual.dynamodb.values import Item
from bench.virtual.scheduler import Scheduler

_BATCH = 100
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Following:
    """Which changes of a table, by the old item and the new one, wake a function; for how long they are gathered."""

    function: str
    table: str
    wakes: Callable[[Item, Item], bool]
    gather_seconds: float


class Follower:
    """Calls one function with the changes that wake it, with each until it is handled."""

    def __init__(self, following: Following, scheduler: Scheduler, call: Callable[[str, Any], Any]) -> None:
        self._following = following
        self._scheduler = scheduler
        self._call = call
        self._records: list[Mapping[str, Any]] = []
        self._is_at_work = False
        self._count = 0

    def changed(self, table: str, old: Item | None, new: Item | None) -> None:
        """Take a change, if it is one that wakes the function."""
        following = self._following
        if table != following.table or not following.wakes(old or {}, new or {}):
            return
        self._count += 1
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image is not None}
        keys = {"id": next(iter(images.values()))["id"]}
        change = {"Keys": keys, "SequenceNumber": str(self._count), **images}
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        self._records.append({"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": change})
        if not self._is_at_work:
            self._is_at_work = True
            self._scheduler.spawn(self._work, following.gather_seconds)

    def _work(self) -> None:
        while batch := self._records[:_BATCH]:
            handled = self._handled(batch)
            del self._records[:handled]
            if handled < len(batch):
                self._scheduler.sleep(_RETRY_SECONDS)
        self._is_at_work = False

    def _handled(self, batch: list[Mapping[str, Any]]) -> int:
        """Return how many changes, from the first on, the function has handled."""
        try:
            failures = self._call(self._following.function, {"Records": batch})["batchItemFailures"]
        except Failure:
            return 0
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        return min((numbers.index(failure["itemIdentifier"]) for failure in failures), default=len(batch))

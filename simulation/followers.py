"""The functions that follow a table: Lambda hands them its changes, in order, in batches, a bit later.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sfnx.testing import Failure

from simulation.aws.lambdas import THROTTLED
from simulation.dynamodb.values import Item
from simulation.event_patterns import matches
from simulation.scheduler import Scheduler
from simulation.template import patterns
from simulation.weather import Weather

# AWS does not say how fast Lambda hands a batch over again. Here it does so after a second, and then less and less
# often: an hour has some 250 repeats, and not thousands that all do the same.
_FIRST_RETRY_SECONDS, _LAST_RETRY_SECONDS, _RETRY_GROWTH = 1.0, 15.0, 1.3


@dataclass(frozen=True)
class Following:
    """Which changes of a table, by the old item and the new one, wake a function, and how they are handed over.

    The rest is what an event source mapping has, by the same names; those of the stack are held against its template by
    a test. The changes of one item stay in order, also where several batches are handled at once.
    """

    function: str
    table: str
    wakes: Callable[[Item, Item], bool]
    batch_size: int
    gather_seconds: float = 0
    parallelization_factor: int = 1
    max_record_age_seconds: float = 3600
    max_retries: int = 3600

    @classmethod
    def of(cls, function: str, table: str, mapping: Mapping[str, Any]) -> Following:
        """Read the properties of an `AWS::Lambda::EventSourceMapping` in a template."""
        wanted = patterns(mapping)

        def wakes(old: Item, new: Item) -> bool:
            name = "INSERT" if not old else "REMOVE" if not new else "MODIFY"
            images = {key: image for key, image in (("OldImage", old), ("NewImage", new)) if image}
            return any(matches(pattern, {"eventName": name, "dynamodb": images}) for pattern in wanted)

        return cls(
            function,
            table,
            wakes,
            batch_size=mapping["BatchSize"],
            gather_seconds=mapping.get("MaximumBatchingWindowInSeconds", 0),
            parallelization_factor=mapping.get("ParallelizationFactor", 1),
            max_record_age_seconds=mapping["MaximumRecordAgeInSeconds"],
            max_retries=mapping["MaximumRetryAttempts"],
        )


@dataclass
class _Change:
    """A record of the stream. `failures`: how often the function failed with it."""

    record: Mapping[str, Any]
    at: float
    failures: int = 0

    @property
    def number(self) -> str:
        return str(self.record["dynamodb"]["SequenceNumber"])


class Follower:
    """Calls one function with the changes that wake it, until each is handled or given up."""

    def __init__(
        self,
        following: Following,
        scheduler: Scheduler,
        call: Callable[[str, Any], Any],
        weather: Weather | None = None,
    ) -> None:
        self.function = following.function
        self._following = following
        self._scheduler = scheduler
        self._count = 0
        weather = weather or Weather("")
        self._lanes = [_Lane(following, scheduler, call, weather) for _ in range(following.parallelization_factor)]

    @property
    def discarded(self) -> int:
        """How many changes were given up."""
        return sum(lane.discarded for lane in self._lanes)

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
        record = {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": change}
        lane = zlib.crc32(keys["id"]["S"].encode()) % len(self._lanes)
        self._lanes[lane].take(_Change(record, self._scheduler.elapsed))


class _Lane:
    """Changes that are handed over one batch after the other."""

    def __init__(
        self, following: Following, scheduler: Scheduler, call: Callable[[str, Any], Any], weather: Weather
    ) -> None:
        self._following = following
        self._scheduler = scheduler
        self._call = call
        self._weather = weather
        self._changes: list[_Change] = []
        self._is_at_work = False
        self.discarded = 0

    def take(self, change: _Change) -> None:
        self._changes.append(change)
        if not self._is_at_work:
            self._is_at_work = True
            self._scheduler.spawn(self._work, self._following.gather_seconds)

    def _work(self) -> None:
        site = f"stream of {self._following.table} to {self._following.function}"
        while batch := self._changes[: self._following.batch_size]:
            del self._changes[: len(batch)]
            match self._weather.fault(site, ("delayed", "twice")):
                case "delayed":
                    self._scheduler.sleep(self._weather.between(f"{site} delays", 10, 3900))
                case "twice":
                    self._hand_over(batch)
            self._hand_over(batch)
        self._is_at_work = False

    def _hand_over(self, batch: list[_Change]) -> None:
        """Hand over a batch until all of it is handled or given up; the part that fails is halved, and in order."""
        pause = _FIRST_RETRY_SECONDS
        while batch := self._still_worth_it(batch):
            handled = self._handled(batch)
            batch = batch[handled:]
            if not batch:
                return
            if handled:
                pause = _FIRST_RETRY_SECONDS
            self._scheduler.sleep(pause)
            pause = min(pause * _RETRY_GROWTH, _LAST_RETRY_SECONDS)
            if handled == 0 and len(batch) > 1:
                middle = len(batch) // 2
                self._hand_over(batch[:middle])
                batch = batch[middle:]
            elif handled == 0:
                # What is halved counts as no retry.
                batch[0].failures += 1

    def _still_worth_it(self, batch: list[_Change]) -> list[_Change]:
        following, now = self._following, self._scheduler.elapsed
        left = [
            change
            for change in batch
            if now - change.at <= following.max_record_age_seconds and change.failures <= following.max_retries
        ]
        self.discarded += len(batch) - len(left)
        return left

    def _handled(self, batch: list[_Change]) -> int | None:
        """Return how many changes, from the first on, the function has handled; None if it was not called at all."""
        try:
            event = {"Records": [change.record for change in batch]}
            failures = self._call(self._following.function, event)["batchItemFailures"]
        except Failure as failure:
            return None if failure.error == THROTTLED else 0
        numbers = [change.number for change in batch]
        return min((numbers.index(failure["itemIdentifier"]) for failure in failures), default=len(batch))

"""EventBridge: rules that hand events over to queues and functions, late, twice, and some never."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from simulation.event_patterns import matches
from simulation.network import Request, Response, answered
from simulation.scheduler import Scheduler
from simulation.template import ACCOUNT, REGION
from simulation.weather import Weather

DEFAULT_BUS = "default"
Target = Callable[[Mapping[str, Any]], None]
_RATE = re.compile(r"rate\((\d+) minutes?\)")


@dataclass(frozen=True)
class Rule:
    """A rule of the template. `may_lose`: its events are told of as well as AWS can, and no better."""

    name: str
    bus: str
    pattern: Mapping[str, Any]
    targets: tuple[Target, ...]
    may_lose: bool = False


class EventBridge:
    def __init__(self, scheduler: Scheduler, weather: Weather) -> None:
        self._scheduler = scheduler
        self._weather = weather
        self._rules: list[Rule] = []
        self._ids = count(1)
        self.events: list[Mapping[str, Any]] = []
        """Every event of every bus, in order."""
        self.lost: list[Mapping[str, Any]] = []
        """The events that a rule never got."""

    def add(self, rule: Rule) -> None:
        self._rules.append(rule)

    def put(self, source: str, detail_type: str, detail: Any, bus: str = DEFAULT_BUS) -> str:
        event = {
            "version": "0",
            "id": f"{next(self._ids):08x}-e5e5-4e5e-8e5e-e5e5e5e5e5e5",
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": datetime.fromtimestamp(self._scheduler.now, UTC).isoformat(timespec="seconds"),
            "region": REGION,
            "resources": [],
            "detail": detail,
            "bus": bus,
        }
        self.events.append(event)
        for rule in self._rules:
            if rule.bus == bus and matches(rule.pattern, event):
                self._pass_on(rule, {name: value for name, value in event.items() if name != "bus"})
        return str(event["id"])

    def answer(self, request: Request) -> Response:
        """PutEvents. What is larger than an event may be is refused by the client's own check before."""
        ids = []
        for entry in request.json()["Entries"]:
            bus = entry.get("EventBusName", DEFAULT_BUS).rpartition("/")[2]
            ids.append(self.put(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]), bus))
        return answered({"FailedEntryCount": 0, "Entries": [{"EventId": each} for each in ids]})

    def _pass_on(self, rule: Rule, event: Mapping[str, Any]) -> None:
        kinds = ("never", "delayed", "twice") if rule.may_lose else ("delayed", "twice")
        fault = self._weather.fault(f"rule {rule.name}", kinds)
        if fault == "never":
            self.lost.append(event)
            return
        after = self._weather.between(f"rule {rule.name} takes", 0.1, 1.5)
        if fault == "delayed":
            after += self._weather.between(f"rule {rule.name} delays", 30, 3600)
        for target in rule.targets:
            self._scheduler.spawn(lambda target=target: target(event), after)  # type: ignore[misc]
            if fault == "twice":
                self._scheduler.spawn(lambda target=target: target(event), after + 2)  # type: ignore[misc]


def seconds_of(expression: str) -> float:
    """Return the seconds of a schedule such as `rate(5 minutes)`."""
    found = _RATE.fullmatch(expression)
    if found is None:
        raise NotImplementedError(expression)
    return 60.0 * int(found[1])

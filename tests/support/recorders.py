"""Named fakes of what messages and calls go out by: each shows what it was given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenroom.delivery.channels import EVENT_SOURCE
from greenroom.delivery.message import Delivery, Message
from greenroom.domain.errors import NameTaken
from greenroom.domain.metrics import Metric
from greenroom.flow.executions import Execution
from tests.support.limits import EVENT, FRAME, PUBLISHED, QUEUED, ensure_it_fits


@dataclass
class RecordingChannel:
    """A channel that takes every message, or raises `error` instead."""

    error: Exception | None = None
    taken: list[tuple[Message, Mapping[str, Any]]] = field(default_factory=list)

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        if self.error:
            raise self.error
        ensure_it_fits(message.as_dict(), PUBLISHED)
        self.taken.append((message, target))


@dataclass
class RecordingBus:
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def put(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        ensure_it_fits({"source": EVENT_SOURCE, "type": detail_type, "detail": detail}, EVENT)
        self.events.append((detail_type, detail))


@dataclass
class RecordingQueue:
    queued: list[Delivery] = field(default_factory=list)
    hidden: list[tuple[str, int]] = field(default_factory=list)

    def put(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            ensure_it_fits(delivery.as_dict(), QUEUED)
        self.queued += deliveries

    def hide(self, receipt: str, seconds: int) -> None:
        self.hidden.append((receipt, seconds))


@dataclass
class RecordingDeadLetterQueue:
    kept: list[Mapping[str, Any]] = field(default_factory=list)

    def put(self, letter: Mapping[str, Any]) -> None:
        ensure_it_fits(letter, QUEUED)
        self.kept.append(letter)


@dataclass
class RecordingExecutions:
    """Executions that run once they are started. `known`: those that Step Functions knows besides, by their names."""

    started: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    stopped: list[tuple[str, str, str]] = field(default_factory=list)
    known: dict[str, Execution] = field(default_factory=dict)

    def start(self, request_id: str, request: Mapping[str, Any]) -> bool:
        if (taken := self.known.get(request_id)) is None:
            self.started.append((request_id, request))
            return True
        if json.loads(taken.input) != request:
            raise NameTaken(f"The name {request_id} is taken")
        return not taken.has_ended

    def find(self, request_id: str) -> Execution | None:
        return self.known.get(request_id)

    def stop(self, request_id: str, error: str, cause: str) -> None:
        self.stopped.append((request_id, error, cause))


@dataclass
class RecordingFrames:
    """Connections that take every frame, but for those in `errors`."""

    errors: Mapping[str, Exception] = field(default_factory=dict)
    sent: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def post(self, connection_id: str, frame: Mapping[str, Any]) -> None:
        if connection_id in self.errors:
            raise self.errors[connection_id]
        ensure_it_fits(frame, FRAME)
        self.sent.append((connection_id, frame))


@dataclass
class RecordingMetrics:
    """Every line of metrics: its values and its dimensions."""

    lines: list[tuple[Mapping[Metric, float], Mapping[str, str]]] = field(default_factory=list)

    def __call__(self, values: Mapping[Metric, float], /, **dimensions: str) -> None:
        self.lines.append((values, dimensions))

    @property
    def names(self) -> list[str]:
        return [metric.name for values, _ in self.lines for metric in values]

    def of(self, name: str) -> list[tuple[float, Mapping[str, str]]]:
        """The values of one metric, each with its dimensions."""
        return [
            (value, where) for values, where in self.lines for metric, value in values.items() if metric.name == name
        ]

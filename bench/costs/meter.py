"""All that one request takes, counted where it happens: at the wire, in the functions and in their output."""

from __future__ import annotations

import io
import json
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from botocore.model import OperationModel

from bench.cold_starts import FULL_VCPU_MEGABYTES
from greenroom_cdk.functions import MEMORY_MEGABYTES
from simulation.deployment import DEFINITION
from simulation.dynamodb import DynamoDb
from simulation.dynamodb.limits import half_read_units, write_units
from simulation.dynamodb.tables import index_units
from simulation.machine import Execution
from simulation.policies import TABLES
from simulation.process import Handler
from simulation.wire import Answer, Called

Item = dict[str, Any]
# What a function waits for each of its calls: an assumption, for what a call costs on top of a function's own CPU.
CALL_SECONDS = 0.01
# CPU is rounded up to this, so that the same code costs the same in each run.
CPU_STEP_SECONDS = 0.01
# CloudWatch counts so many bytes for each line beside its text, and Lambda writes START, END and REPORT:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
LINE_BYTES = 26
INVOCATION_LINES, INVOCATION_BYTES = 3, 350
# Names and ids in a line are so much shorter here than CloudFormation and Lambda make them.
NAMES_BYTES = 90
# Every state is entered and exited; between the two, a task is scheduled and started, and has succeeded or failed.
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2, "Fail": 1, "Succeed": 2}
EVENTS_OF_A_RETRY, EVENTS_OF_AN_EXECUTION = 3, 2
_TYPES = {name: state["Type"] for name, state in json.loads(DEFINITION.read_text(encoding="utf-8"))["States"].items()}


@dataclass
class Counted:
    """`calls`: by caller, service and operation. `functions`: how often each was called. Units: by caller and table.

    `partitions`: write units by index and partition key. `touched`: who called for which table. `metrics`: each by its
    name and the values of its dimensions. `cpu`: seconds of each function's calls, earlier ones too. `record_bytes`: of
    the record at its end.
    """

    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    write_units: Counter[tuple[str, str]] = field(default_factory=Counter)
    half_read_units: Counter[tuple[str, str]] = field(default_factory=Counter)
    partitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    touched: set[tuple[str, str]] = field(default_factory=set)
    metrics: set[tuple[str, ...]] = field(default_factory=set)
    log_bytes: int = 0
    cpu: Mapping[str, Sequence[float]] = field(default_factory=dict)
    execution: Execution | None = None
    record_bytes: int = 0

    def times(self, *functions: str) -> int:
        """Return how often these functions were called; all of them, when none is named."""
        return sum(times for name, times in self.functions.items() if not functions or name in functions)

    def count(self, service: str, operation: str | None = None) -> int:
        return sum(
            times for (_, name, what), times in self.calls.items() if name == service and operation in {None, what}
        )

    def written(self, *tables: str) -> int:
        """Return the write units of these tables and indexes; of all of them, when none is named."""
        return sum(units for (_, name), units in self.write_units.items() if not tables or name in tables)

    @property
    def read_units(self) -> float:
        return self.half_read_units.total() / 2

    @property
    def transitions(self) -> int:
        return self.execution.transitions if self.execution else 0

    @property
    def history_events(self) -> int:
        if self.execution is None:
            return 0
        states = sum(EVENTS[_TYPES[state]] for state in self.execution.states)
        return EVENTS_OF_AN_EXECUTION + states + EVENTS_OF_A_RETRY * self.execution.retries

    @property
    def function_seconds(self) -> float:
        """The median CPU of each function at its share of a vCPU, and the time of the calls that it waits for."""
        share = MEMORY_MEGABYTES / FULL_VCPU_MEGABYTES
        seconds = 0.0
        for function, times in self.functions.items():
            alone = math.ceil(median(self.cpu[function]) / share / CPU_STEP_SECONDS) * CPU_STEP_SECONDS
            calls = sum(count for (caller, _, _), count in self.calls.items() if caller == function)
            seconds += alone * times + CALL_SECONDS * calls
        return seconds

    @property
    def gigabyte_seconds(self) -> float:
        return self.function_seconds * MEMORY_MEGABYTES / 1024


class Meter:
    """Counts into `counted`. `output`: where the functions write what Lambda logs."""

    def __init__(self, output: io.StringIO) -> None:
        self._cpu: dict[str, list[float]] = {}
        self.counted = Counted(cpu=self._cpu)
        self._output = output
        self._callers = ["Step Functions"]
        self._elsewhere = 0.0

    def reset(self) -> Counted:
        """Return what was counted, and begin with nothing."""
        counted, self.counted = self.counted, Counted(cpu=self._cpu)
        return counted

    def handler(self, name: str, handler: Handler) -> Handler:
        """Wrap a function: its calls are its own, and their CPU, and that of who answers, is not the function's."""

        def call(event: Any) -> Any:
            self._callers.append(name)
            begun, self._elsewhere = time.thread_time(), 0.0
            try:
                return handler(event)
            finally:
                self.counted.functions[name] += 1
                self._cpu.setdefault(name, []).append(time.thread_time() - begun - self._elsewhere)
                self._callers.pop()
                self._read_output()

        return call

    def service(self, name: str, answer: Called) -> Called:
        def call(model: OperationModel, params: Mapping[str, Any]) -> Answer:
            begun, caller = time.thread_time(), self._callers[-1]
            self.counted.calls[caller, name, model.name] += 1
            try:
                return answer(model, params)
            finally:
                self._elsewhere += time.thread_time() - begun

        return call

    def dynamodb(self, dynamodb: DynamoDb, answer: Called) -> Called:
        """Count units too, by the item before the call and after it."""

        def call(model: OperationModel, params: Mapping[str, Any]) -> Answer:
            request = json.loads(params["body"])
            if model.name in {"GetItem", "BatchGetItem"}:
                self._count_reads(dynamodb, request.get("RequestItems") or {request["TableName"]: request})
                return answer(model, params)
            items = [_item_of(each) for each in _actions(request)]
            before = [dynamodb.item(*each) for each in items]
            answered = answer(model, params)
            for (table, key), old in zip(items, before, strict=True):
                self._count_write(table, old, dynamodb.item(table, key), times=2 if "TransactItems" in request else 1)
            return answered

        return self.service("dynamodb", call)

    def _count_reads(self, dynamodb: DynamoDb, asked: Mapping[str, Any]) -> None:
        for table, each in asked.items():
            self.counted.touched.add((self._callers[-1], table))
            for key in each.get("Keys") or [each["Key"]]:
                units = half_read_units(
                    dynamodb.item(table, key["id"]["S"]), consistent=each.get("ConsistentRead", False)
                )
                self.counted.half_read_units[self._callers[-1], table] += units

    def _count_write(self, table: str, old: Item | None, new: Item | None, *, times: int) -> None:
        """A transaction writes each of its items twice, to prepare and to commit; a check is a write here, too."""
        self.counted.touched.add((self._callers[-1], table))
        self.counted.write_units[self._callers[-1], table] += times * write_units(old, new)
        (described,) = (each for each in TABLES if each.name == table)
        for index in described.indexes:
            for partition, units in index_units(described, index, old, new).items():
                self.counted.write_units[self._callers[-1], f"index {index.name}"] += units
                self.counted.partitions[index.name, partition] += units

    def _read_output(self) -> None:
        """Count the lines that a function wrote, and forget them."""
        lines = self._output.getvalue().splitlines()
        self._output.seek(0)
        self._output.truncate()
        for line in lines:
            metrics = _metrics(json.loads(line))
            self.counted.metrics |= metrics
            self.counted.log_bytes += LINE_BYTES + len(line.encode()) + (0 if metrics else NAMES_BYTES)
        self.counted.log_bytes += INVOCATION_BYTES + INVOCATION_LINES * LINE_BYTES


def _actions(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The one call, or the calls that a transaction makes together."""
    return [action for each in request.get("TransactItems", ()) for action in each.values()] or [request]


def _item_of(action: Mapping[str, Any]) -> tuple[str, str]:
    """The table and the id of the item that a call is about."""
    return action["TableName"], (action.get("Key") or action["Item"])["id"]["S"]


def _metrics(line: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Return the metrics of a line, as CloudWatch takes them: one for each name and combination of dimensions."""
    return {
        (metric["Name"], *(line[dimension] for dimension in dimensions))
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", [])
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    }

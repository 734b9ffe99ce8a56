"""A burst of requests, and what is seen of it: by the records, the executions and the service's own list of calls."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulation.deployment import Deployment, Invocation, deployed
from simulation.dynamodb.values import Item
from simulation.followers import Following
from simulation.machine import Execution
from simulation.policies import COMMON, RECORDS, SCHEDULES, TABLES

_DEADLINE_SECONDS = 86_400


@dataclass(frozen=True)
class Load:
    """A burst: requests a second, how many functions Lambda runs at once, the service's limits in calls a second.

    `readiness`: the time in seconds of each stream, in the order of arrival. `bucket`: the size of each token bucket,
    in seconds of its rate. `fields`: of each request, beside its session and a deadline of a day. `has_partitions`: the
    tables are new, and take no more in a second than AWS promises. `by_portal`: all requests are of one caller, which
    puts them on record as `POST streams` does; without it nobody owns them.
    """

    readiness: Sequence[float]
    arrival_rate: float
    concurrency: int
    limits: Mapping[str, float]
    bucket: float
    seed: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    has_partitions: bool = True
    by_portal: bool = False


@dataclass(frozen=True)
class ServiceCall:
    """A call as the service lists it. `at`: seconds since the first request; `request`: the name of the request."""

    at: float
    operation: str
    request: str
    status: int


@dataclass(frozen=True)
class Seen:
    """A burst that has ended. `executions` and `states`, the outcomes on record, are in the order of arrival."""

    executions: Sequence[Execution]
    states: Sequence[str]
    calls: Sequence[ServiceCall]
    invocations: Sequence[Invocation]
    lambda_throttled: int
    dynamodb_calls: int
    dynamodb_throttled: Mapping[tuple[str, str], int]
    hottest_item_writes: int
    metrics: Mapping[str, int]
    learned: Sequence[Item]
    discarded: Mapping[str, int]
    cpu_seconds: float


Progress = Callable[[int, float], None]
"""Is told how many requests have ended, and after how many virtual seconds."""


def play(
    load: Load,
    variables: Mapping[str, str],
    progress: Progress = lambda _ended, _elapsed: None,
    *,
    learned: Iterable[Item] = (),
    followings: Sequence[Following] = (),
    disturb: Callable[[Deployment], None] = lambda _: None,
) -> Seen:
    """Play a burst to its end.

    `variables`: of the functions, beside `COMMON`. `learned`: the schedules before it. `disturb`: is called with the
    deployment before the first request.
    """
    begun = time.process_time()
    with (
        deployed(
            {**COMMON, **variables},
            TABLES,
            concurrency=load.concurrency,
            seed=load.seed,
            followings=followings,
            has_partitions=load.has_partitions,
        ) as deployment,
        little_garbage_collection(),
    ):
        deployment.dynamodb.load(SCHEDULES, learned)
        _limit(deployment, load)
        disturb(deployment)
        executions: list[Execution] = []
        deployment.scheduler.spawn(lambda: _arrive(deployment, load, executions, progress))
        deployment.scheduler.run()
        return _seen(deployment, executions, time.process_time() - begun)


@contextmanager
def little_garbage_collection() -> Iterator[None]:
    """All executions are alive at once, and none of it is garbage: looking for some takes a fifth of the time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _limit(deployment: Deployment, load: Load) -> None:
    deployment.service.set_limits(
        {
            operation: {"ratePerSecond": rate, "burst": max(1, round(rate * load.bucket))}
            for operation, rate in load.limits.items()
        }
    )


def _arrive(deployment: Deployment, load: Load, executions: list[Execution], progress: Progress) -> None:
    """Have the requests come at moments that know nothing of each other."""
    scheduler, gaps = deployment.scheduler, random.Random(f"arrivals {load.seed}")  # noqa: S311

    def request(number: int) -> None:
        session = name(number)
        deployment.service.set_session(session, readyAfterSeconds=load.readiness[number])
        body = {"studioId": "studio", "sessionId": session, "deadlineSeconds": _DEADLINE_SECONDS, **load.fields}
        if load.by_portal:
            deployment.portal.ask(session, body)
        executions.append(deployment.machine.execute(session, body))
        progress(len(executions), scheduler.elapsed)

    for number in range(len(load.readiness)):
        scheduler.spawn(lambda number=number: request(number))  # type: ignore[misc]
        scheduler.sleep(gaps.expovariate(load.arrival_rate))


def name(number: int) -> str:
    """Return the name of a request, which is that of its execution and of its session; they sort as they arrive."""
    return f"request-{number:06d}"


def _seen(deployment: Deployment, executions: Sequence[Execution], cpu_seconds: float) -> Seen:
    start = deployment.scheduler.now - deployment.scheduler.elapsed
    in_order = sorted(executions, key=lambda execution: execution.name)
    records = [deployment.dynamodb.item(RECORDS, execution.name) for execution in in_order]
    calls = [
        ServiceCall(
            datetime.fromisoformat(call["at"]).timestamp() - start, call["operation"], call["sessionId"], call["status"]
        )
        for call in deployment.service.calls()
    ]
    return Seen(
        executions=in_order,
        states=[record["state"]["S"] if record else "lost" for record in records],
        calls=calls,
        invocations=deployment.functions.invocations,
        lambda_throttled=deployment.functions.throttled,
        dynamodb_calls=deployment.dynamodb.calls.total(),
        dynamodb_throttled=deployment.throughput.refused if deployment.throughput else {},
        hottest_item_writes=max(deployment.dynamodb.writes.values(), default=0),
        metrics=deployment.metrics,
        learned=deployment.dynamodb.items(SCHEDULES),
        discarded=deployment.discarded,
        cpu_seconds=cpu_seconds,
    )

"""A burst of requests by event against the bucket of StartExecution. `python -m bench events`.

On a virtual clock, with the code that takes an event from its queue. The queue, Lambda's mapping of it and botocore's
retries are modelled, by AWS's documentation; beside it stands what there was before, EventBridge's asynchronous calls
of the function. The bucket is that of an account whose other programs start nothing.
"""

from __future__ import annotations

import argparse
import heapq
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from typing import Any, cast

from greenroom.api.owners import Owners
from greenroom.delivery.event_requests import AT_ONCE, HIDDEN_SECONDS, MAX_RECEIVES, Asked, EventRequests
from greenroom.delivery.rejection import Rejections
from greenroom.domain.errors import ThrottlingException
from greenroom.flow.admission import Admission, Origins
from greenroom.flow.executions import Execution
from greenroom.request.identities import Identities
from greenroom.request.rules import Rules
from simulation.scheduler import Scheduler
from simulation.token_bucket import TokenBucket

# Tokens at once, and a second: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
REGIONS = {"us-east-1, us-west-2, eu-west-1": (1_300, 300), "every other region": (800, 150)}
BURSTS = ((10_000, 5), (20_000, 5))
# An assumption: a call of the function takes so long, when StartExecution answers at its first attempt.
CALL_SECONDS = 0.06
ATTEMPTS = 3
# Lambda repeats an asynchronous call that failed: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
ASYNC_PAUSES = (60, 120)
DETAIL = {"studioId": "studio", "sessionId": "session"}

Way = Callable[[str, float], None]
"""Hand an event over, by its id, so many seconds after the start."""


@dataclass
class Bucket:
    """The tokens of StartExecution; each name starts once, whoever asks."""

    scheduler: Scheduler
    capacity: float
    refill: float
    started: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = TokenBucket(lambda: self.scheduler.elapsed, burst=self.capacity, rate=self.refill)

    def start(self, request_id: str, request: Mapping[str, Any]) -> bool:  # noqa: ARG002  # all are alike
        """Ask as botocore's standard mode does: three attempts, with pauses of up to 1 s and 2 s."""
        for attempt in range(ATTEMPTS):
            self.scheduler.sleep(CALL_SECONDS)
            if self._tokens.take():
                self.started.setdefault(request_id, self.scheduler.elapsed)
                return True
            if attempt < ATTEMPTS - 1:
                self.scheduler.sleep(random.random() * min(20.0, 2.0**attempt))  # noqa: S311  # spreads load
        raise ThrottlingException("Not now")

    def find(self, request_id: str) -> Execution | None:
        raise NotImplementedError

    def stop(self, request_id: str, error: str, cause: str) -> None:
        raise NotImplementedError


class Nobody:
    """A bus and a queue of letters that have nothing to hear of."""

    def put(self, *_: Any) -> None:
        raise AssertionError("Every request of a burst keeps the rules")


@dataclass
class Queue:
    """A queue of SQS: what was received is hidden, and comes again; after so many receives it is given up."""

    scheduler: Scheduler
    given_up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._visible: list[tuple[float, int, str]] = []
        self._hidden_until: dict[str, float] = {}
        self._received: dict[str, int] = {}
        self._order = count()

    def send(self, message: str, at: float) -> None:
        heapq.heappush(self._visible, (at, next(self._order), message))

    def receive(self) -> tuple[str, int] | None:
        if not self._visible or self._visible[0][0] > self.scheduler.elapsed:
            return None
        _, _, message = heapq.heappop(self._visible)
        number = self._received.get(message, 0) + 1
        if number > MAX_RECEIVES:
            self.given_up.append(message)
            return None
        self._received[message] = number
        self._hidden_until[message] = self.scheduler.elapsed + HIDDEN_SECONDS
        return message, number

    def hide(self, receipt: str, seconds: int) -> None:
        self._hidden_until[receipt] = self.scheduler.elapsed + seconds

    def put_back(self, message: str) -> None:
        self.send(message, self._hidden_until[message])


@dataclass(frozen=True)
class Figures:
    """Of one burst: how many of its events were started, how many were lost to the way, and when the last started."""

    started: int
    lost: int
    seconds: float


@cache
def by_the_queue(events: int, seconds: float, bucket: tuple[float, float]) -> Figures:
    """The way of now: the queue keeps what is throttled, and so many functions at once take from it."""

    def way(scheduler: Scheduler, executions: Bucket) -> Way:
        queue = Queue(scheduler)
        anybody = Admission(Identities(), cast("Origins", Nobody()), Owners())
        rules = Rules(("nimble",))
        nobody = Rejections(rules, anybody, Nobody(), Nobody())
        requests = EventRequests(rules, anybody, executions, nobody, queue)

        def consume() -> None:
            while len(executions.started) + len(queue.given_up) < events:
                if (received := queue.receive()) is None:
                    scheduler.sleep(0.1)
                    continue
                message, number = received
                try:
                    requests.take(Asked(message, DETAIL), message, number)
                except ThrottlingException:
                    queue.put_back(message)

        for _ in range(AT_ONCE):
            scheduler.spawn(consume)
        return queue.send

    return _burst(events, seconds, bucket, way)


def by_asynchronous_calls(events: int, seconds: float, bucket: tuple[float, float]) -> Figures:
    """The way before: EventBridge calls the function, and Lambda repeats a call that failed twice."""

    def way(scheduler: Scheduler, executions: Bucket) -> Way:
        def call(event: str) -> None:
            for pause in (*ASYNC_PAUSES, 0):
                try:
                    executions.start(event, DETAIL)
                    break
                except ThrottlingException:
                    scheduler.sleep(pause)

        return lambda event, at: scheduler.spawn(partial(call, event), after=at)

    return _burst(events, seconds, bucket, way)


def _burst(
    events: int,
    seconds: float,
    bucket: tuple[float, float],
    way: Callable[[Scheduler, Bucket], Way],
) -> Figures:
    random.seed(1)
    scheduler = Scheduler()
    executions = Bucket(scheduler, *bucket)
    with scheduler.running():
        deliver = way(scheduler, executions)
        for number in range(events):
            deliver(f"event-{number}", random.uniform(0, seconds))  # noqa: S311  # spreads load
        scheduler.run()
    return Figures(len(executions.started), events - len(executions.started), max(executions.started.values()))


def table() -> list[str]:
    """The rows of the table in docs/requests.md."""
    heads = "| region | events | within | lost before | started | lost | the last one after | StartExecution allows |"
    rows = [_row(region, bucket, events, seconds) for region, bucket in REGIONS.items() for events, seconds in BURSTS]
    return [heads, f"|{' --- |' * 8}", *rows]


def _row(region: str, bucket: tuple[float, float], events: int, seconds: float) -> str:
    before, now = by_asynchronous_calls(events, seconds, bucket), by_the_queue(events, seconds, bucket)
    bound = (events - bucket[0]) / bucket[1]
    cells = (f"{before.lost:,}", f"{now.started:,}", f"{now.lost}", f"{now.seconds:.0f} s", f"{bound:.0f} s")
    return f"| {region} | {events:,} | {seconds} s | {' | '.join(cells)} |"


def main(argv: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(prog="python -m bench events", description="Bursts of requests by event").parse_args(argv)
    print("\n".join(table()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""When to look at a stream that is not ready: Greenroom's policy, what others do, and the best there can be.

A policy is asked for look after look while the stream is not ready, and is then told between which looks it became so.
When that was, it never learns.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Protocol

from greenroom.flow.learning import KEPT, Observation, learn, unlearned
from greenroom.flow.schedule import Schedule


class Policy(Protocol):
    def looks(self) -> Iterator[int]:
        """When to look at the next stream, in whole seconds since it was asked for, without end."""
        ...

    def observe(self, seen: Observation) -> None:
        """Take notice of what the looks at a stream have shown."""
        ...


class Fixed:
    """The same look times for every stream; what is seen changes nothing."""

    def __init__(self, looks: Callable[[], Iterator[int]]) -> None:
        self.looks = looks

    def observe(self, seen: Observation) -> None:
        pass


class Scheduled:
    """Looks by a schedule, which stays as it is."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def looks(self) -> Iterator[int]:
        elapsed = 0
        while True:
            elapsed += self.schedule.pause(elapsed)
            yield elapsed

    def observe(self, seen: Observation) -> None:
        pass


class Learning(Scheduled):
    """Greenroom: the schedule follows from what was seen of the streams before this one."""

    def __init__(self, look_cost: float) -> None:
        super().__init__(unlearned(look_cost=look_cost))
        self._look_cost = look_cost
        self.seen: list[Observation] = []

    def observe(self, seen: Observation) -> None:
        self.seen = [*self.seen, seen][-KEPT:]
        self.schedule = learn(self.seen, look_cost=self._look_cost)


def planned(looks: Sequence[int]) -> Policy:
    """Look at these times."""
    return Scheduled(Schedule(tuple(looks), median=0, latest=0))


def policies(look_cost: float) -> Mapping[str, Policy]:
    """All but the optimum, by the names of the benchmark's figures."""
    return {
        "greenroom": Learning(look_cost),
        "greenroom-cold": Scheduled(unlearned(look_cost=look_cost)),
        # boto3's waiters look at once and then at their model's interval: most often every 5 s.
        "boto3-waiter": Fixed(lambda: count(0, 5)),
        "fixed-1": Fixed(lambda: count(1, 1)),
        "fixed-5": Fixed(lambda: count(5, 5)),
        "fixed-30": Fixed(lambda: count(30, 30)),
        "exponential": Fixed(lambda: _spaced(lambda tries: min(2.0**tries, 60))),
        "exponential-jitter": Fixed(_jittered("exponential", lambda tries: min(2.0**tries, 60))),
        # The default of waitForCondition: at once, then 5 s, 1.5 times more each time, at most 300 s, full jitter.
        # (aws.github.io/aws-durable-execution-sdk-java: WaitStrategies.Presets.DEFAULT; it gives up after 60 looks.)
        "durable-default": Fixed(_jittered("durable", lambda tries: min(5 * 1.5**tries, 300), at_once=True)),
        # isComplete is called right after onEvent, then every queryInterval (see ProviderProps): 5 s by default.
        "cdk-provider": Fixed(lambda: count(0, 5)),
        # 5 s, 1.5 times more each time, at most 20 s.
        "greenroom-before": Fixed(lambda: _spaced(lambda tries: min(5 * 1.5**tries, 20))),
    }


def _spaced(pause: Callable[[int], float]) -> Iterator[int]:
    due = 0.0
    for tries in count():
        due += pause(tries)
        yield math.ceil(due)


def _jittered(name: str, pause: Callable[[int], float], *, at_once: bool = False) -> Callable[[], Iterator[int]]:
    """Each pause is drawn from 0 up to what `pause` says; in whole seconds, at least one."""
    source = random.Random(name)  # noqa: S311  # the same figures each time

    def looks() -> Iterator[int]:
        due = 0
        if at_once:
            yield due
        for tries in count():
            due += max(1, math.ceil(source.uniform(0, pause(tries))))
            yield due

    return looks

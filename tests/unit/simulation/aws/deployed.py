"""Services of the virtual AWS with nothing behind them but what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulation.aws.lambdas import Function, Lambdas
from simulation.scheduler import Scheduler
from simulation.weather import Weather


@dataclass
class Calm:
    """Virtual time without any fault, or with those of a test."""

    scheduler: Scheduler = field(default_factory=Scheduler)
    weather: Weather = field(default_factory=lambda: Weather("1"))

    @contextmanager
    def running(self) -> Iterator[None]:
        self.weather.clock = lambda: self.scheduler.elapsed
        with self.scheduler.running():
            yield

    def lambdas(self, timeout: float = 30, **handlers: Callable[[Any], Any]) -> Lambdas:
        functions: Mapping[str, Function] = {name: Function(name, timeout) for name in handlers}
        return Lambdas(functions, handlers, self.scheduler, self.weather)

    def do(self, work: Callable[[], object]) -> None:
        """Do something in a process, and all that follows from it."""
        self.scheduler.spawn(work)
        self.scheduler.run()

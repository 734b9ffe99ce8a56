"""A service under the suite: how its cases are brought about, and what it can tell of them itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import time_machine

from local.simulator import serve
from tests.conformance.deployment import PutSecret
from tests.conformance.execution import Execution, Pause
from tests.conformance.faulty_proxy import Break, FaultyProxy, faulty_proxy
from tests.contract.support import Control

# No finer than the protocols tell time.
_START = datetime(2026, 11, 24, 12, 0, 0, 123_000, tzinfo=UTC)


@dataclass(frozen=True)
class Scene:
    """How one case is brought about at one service.

    `request`: fields beside the subject's usual ones. `words`: what the service says of it; all of it must reach the
    record. `note`: for the table, where the service differs from the others. `is_final`: the request fails, where other
    services let it wait. `seconds`: how long the URL may work. `setting` is how the service is set before the request,
    and `changes`, by the number of the pause, how it is set after that; what they hold is the subject's own business.
    """

    request: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    note: str = ""
    is_final: bool = False
    seconds: int = 0
    setting: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


class Subject(ABC):
    """One service. `request` has the fields of every request, `scenes` one for each case of the suite."""

    provider: ClassVar[str]
    request: ClassVar[Mapping[str, Any]]
    scenes: ClassVar[Mapping[str, Scene]]
    deadline_seconds: ClassVar[int] = 20
    """Of the requests that come to it."""
    start: ClassVar[Break]
    """The first call that makes what a release lets go."""
    proxy: FaultyProxy
    """Stands in front of it. It is set by `running`."""
    url: str

    @abstractmethod
    def running(self) -> AbstractContextManager[None]:
        """Run the service."""

    @abstractmethod
    def variables(self, put_secret: PutSecret) -> Mapping[str, str]:
        """Name the settings of a deployment that serves it, and put its secret where it has one."""

    @abstractmethod
    def time(self) -> AbstractContextManager[Pause]:
        """Begin a case as if nothing had happened before; give the way in which time passes in it."""

    @abstractmethod
    def arrange(self, setting: Mapping[str, Any]) -> None:
        """Set the service as a scene says."""

    @abstractmethod
    def made(self) -> int:
        """Count the streams, sessions or servers that the service has made in this case."""

    @abstractmethod
    def held(self) -> int:
        """Count what a release has to let go and that is still there."""

    @abstractmethod
    def lose(self) -> None:
        """Take away what a release would let go."""

    @abstractmethod
    def expiry(self, url: str, execution: Execution) -> datetime:
        """Tell when the URL ends by the service's own word."""

    def secrets(self) -> set[str]:
        """Texts, beside the URLs of streams, that no one may see."""
        return set()


class SimulatedSubject(Subject):
    """A simulated service on a virtual clock. `key`: of the session, fleet, group or owner that requests name."""

    key: ClassVar[str]
    endpoint_variable: ClassVar[str]
    control: Control
    clock: time_machine.Traveller

    @contextmanager
    def running(self) -> Iterator[None]:
        with serve(self.provider) as simulator, faulty_proxy(simulator.url) as self.proxy:
            self.url, self.control = self.proxy.url, Control(simulator.url)
            yield

    def variables(self, put_secret: PutSecret) -> Mapping[str, str]:  # noqa: ARG002  # credentials of AWS are no secret of ours
        return {self.endpoint_variable: self.url}

    @contextmanager
    def time(self) -> Iterator[Pause]:
        """Time stands still but for the pauses: the functions, the state machine and the service have one clock."""
        with time_machine.travel(_START, tick=False) as clock:
            self.clock = clock
            self.control.forget()
            self.proxy.forget()
            yield lambda _state, seconds: clock.shift(seconds)

    def arrange(self, setting: Mapping[str, Any]) -> None:
        self.control.session(self.key, **setting)

    def calls(self, *operations: str) -> list[dict[str, Any]]:
        return [call for call in self.control.calls() if call["operation"] in operations]


def fault(operation: str, error: str, *calls: int) -> Mapping[str, Any]:
    """Break these calls of an operation, or each of them."""
    numbers = {"calls": list(calls)} if calls else {"call": "*"}
    return {"operation": operation, "error": error, **numbers}


def throttled(operation: str, after: int = 0) -> list[Mapping[str, Any]]:
    """Throttle an operation more often than what is not throttled is retried, after some calls that are well."""
    return [fault(operation, "ThrottlingException", *range(after + 1, after + 9))]

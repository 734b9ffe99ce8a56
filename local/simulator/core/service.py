"""The interface of a simulated service: the core serves it, records its calls, and breaks them on purpose."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from werkzeug import Request, Response

from local.simulator.core.settings import Behaviour

B = TypeVar("B", bound=Behaviour)


@dataclass(frozen=True)
class Invocation:
    """One call of the service, as it came in: nothing of it is validated.

    `key` is the name by which `PUT /_simulator/sessions/{key}` sets the thing that the call is about; None if it is
    about none. `input` is for the service alone: it keeps there what it has read.
    """

    operation: str
    key: str | None
    stream_id: str | None = None
    client_token: str | None = None
    input: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """The answer to a call, the stream it made or found, and the URL or token that a `Malformed` fault leaks."""

    response: Response
    stream_id: str | None = None
    secret: str | None = field(default=None, repr=False)


class Service(ABC, Generic[B]):
    """One simulated service. Its methods are called one at a time, under a lock: none may wait.

    `operations` and `errors` are the names that faults and limits may use; `throttled` is the one of `errors` that a
    call beyond its limit is answered with.
    """

    behaviour: type[B]
    operations: frozenset[str]
    errors: frozenset[str]
    throttled: str

    @abstractmethod
    def identify(self, request: Request) -> Invocation | Response:
        """Tell which operation is called, and about what. Changes nothing.

        A request that is no call of an operation is answered here: it is not recorded, and no fault breaks it.
        """

    @abstractmethod
    def perform(self, invocation: Invocation, request: Request, now: datetime) -> Answer:
        """Do the call, or refuse it in the service's own words. Raises nothing."""

    @abstractmethod
    def refuse(self, invocation: Invocation, error: str, message: str) -> Response:
        """Write one of `errors` as the service would: a fault or a limit asks for it, and nothing is done."""

    @abstractmethod
    def set(self, key: str, behaviour: B, now: datetime) -> None:
        """Do from now on what a control call says about `key`."""

    @abstractmethod
    def forget(self) -> None:
        """Be as new: no key is set, nothing was made."""

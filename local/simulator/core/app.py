"""A simulated service as a WSGI application: tell the call, apply faults and limits, answer in its own protocol."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

from local.simulator.core import faults
from local.simulator.core.calls import Call, Calls
from local.simulator.core.clock import Clock
from local.simulator.core.control import Control
from local.simulator.core.limits import Limits
from local.simulator.core.outage import Outages
from local.simulator.core.routes import Routes
from local.simulator.core.service import Answer, Invocation, Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class App:
    """Thread safe: one lock guards all state, and nobody waits while holding it.

    A call is recorded when it arrives. An outage comes first, then a planned fault, then the limits, then the service's
    own checks.
    """

    def __init__(self, service: Service[Any], clock: Clock) -> None:
        self.stopping = threading.Event()
        self._service = service
        self._clock = clock
        self._lock = threading.Lock()
        self._limits, self._calls, self._outages = Limits(), Calls(), Outages()
        self._controls = Routes(Control(service, self._limits, self._calls, self._outages, clock).rules())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        request.get_data()  # reading may wait for the caller, and must not do so under the lock
        if matched := self._controls.match(request):
            control, labels = matched
            with self._lock:
                response: Response = control(request, labels)
                return response
        with self._lock:
            invocation = self._service.identify(request)
            if isinstance(invocation, Response):
                return invocation
            now = self._clock()
            number, planned = self._calls.arrive(Call.of(invocation, now))
            fault = self._outages.fault(now) or planned
        self._break_off(request, fault)
        with self._lock:
            answer = self._perform(invocation, request, fault)
            lost = fault == faults.LOST_RESPONSE
            self._calls.answered(number, None if lost else answer.response.status_code, answer.stream_id)
        if lost:
            raise faults.NoAnswer
        return answer.response

    def _break_off(self, request: Request, fault: str | None) -> None:
        """Raise NoAnswer for a fault by which the call does not even reach the service."""
        if fault == faults.CONNECTION_RESET:
            faults.reset(request)
            raise faults.NoAnswer
        if fault == faults.TIMEOUT:
            faults.keep_silent(request, self.stopping)
            raise faults.NoAnswer

    def _perform(self, invocation: Invocation, request: Request, fault: str | None) -> Answer:
        """Refuse the call as it was set or limited, or let the service do it; the answer may be malformed then."""
        service, operation, now = self._service, invocation.operation, self._clock()
        if fault in service.errors:
            return Answer(service.refuse(invocation, fault, f"{fault}, as this simulator was set to answer"))
        if not self._limits.admits(operation, now):
            answer = Answer(service.refuse(invocation, service.throttled, f"too many calls of {operation}"))
        else:
            answer = service.perform(invocation, request, now)
        if fault == faults.MALFORMED:
            return replace(answer, response=faults.malformed(answer.secret, answer.response.content_type))
        return answer

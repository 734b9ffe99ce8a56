"""The simulator as a WSGI application: route a request, apply faults and limits, answer in the service's protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from local.simulator import faults, protocol
from local.simulator.calls import Call, Calls
from local.simulator.clock import Clock
from local.simulator.control import Control
from local.simulator.errors import NimbleError
from local.simulator.limits import Limits
from local.simulator.studio import Result, Studio

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class App:
    """Thread safe: one lock guards all state, and nobody waits while holding it.

    A call is recorded when it arrives. A planned fault comes first, then the limits, then the service's own checks.
    """

    def __init__(self, clock: Clock) -> None:
        self.stopping = threading.Event()
        self._clock = clock
        self._lock = threading.Lock()
        self._studio, self._limits, self._calls = Studio(), Limits(), Calls()
        self._control = Control(self._studio, self._limits, self._calls, clock)
        rules = [*protocol.rules(), *self._control.rules()]
        self._routes = Map(rules, merge_slashes=False, strict_slashes=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        path = request.environ.get("RAW_URI", request.path).partition("?")[0]
        try:
            endpoint, encoded = self._routes.bind("").match(path, request.method)
        except HTTPException:
            return _unknown_operation(request)
        labels = {name: unquote(value) for name, value in encoded.items()}
        if isinstance(endpoint, str):
            return self._operate(endpoint, request, labels)
        with self._lock:
            response: Response = endpoint(request, labels)
            return response

    def _operate(self, operation: str, request: Request, labels: Mapping[str, str]) -> Response:
        """One call of the service, recorded from its arrival to its answer. Raises NoAnswer where it gets none."""
        token = request.headers.get("X-Amz-Client-Token")
        with self._lock:
            call = Call(self._clock(), operation, labels.get("sessionId"), labels.get("streamId"), token)
            key, fault = self._calls.arrive(call)
        if fault == faults.CONNECTION_RESET:
            faults.reset(request)
            raise faults.NoAnswer
        if fault == faults.TIMEOUT:
            faults.keep_silent(request, self.stopping)
            raise faults.NoAnswer
        if fault in protocol.ERRORS:
            result: Result | NimbleError = NimbleError(fault, f"{fault}, as this session was set to answer")
        else:
            result = self._perform(operation, request, labels)
        stream_id = _stream_id(result) or call.stream_id
        response = protocol.serialise(operation, result)
        with self._lock:
            if fault == faults.MALFORMED:
                response = faults.malformed(self._studio.url(stream_id))
            self._calls.answered(key, None if fault == faults.LOST_RESPONSE else response.status_code, stream_id)
        if fault == faults.LOST_RESPONSE:
            raise faults.NoAnswer
        return response

    def _perform(self, operation: str, request: Request, labels: Mapping[str, str]) -> Result | NimbleError:
        with self._lock:
            if not self._limits.admits(operation, self._clock()):
                return NimbleError("ThrottlingException", f"too many calls of {operation}")
        if not self._studio.simulates(operation):
            return NimbleError("ValidationException", f"this simulator does not implement {operation}")
        try:
            parameters = protocol.parse(operation, request, labels)
            with self._lock:
                return self._studio.perform(operation, parameters, self._clock())
        except NimbleError as error:
            return error


def _stream_id(result: Result | NimbleError) -> str | None:
    """Find the stream that a successful call was about."""
    stream = None if isinstance(result, NimbleError) else result.get("stream")
    return str(stream["streamId"]) if stream else None


def _unknown_operation(request: Request) -> Response:
    """404, as AWS answers a method and path that no operation of the service has."""
    body = json.dumps({"message": f"no operation at {request.method} {request.path}"})
    headers = {"x-amzn-ErrorType": "UnknownOperationException", "Content-Type": "application/json"}
    return Response(body, 404, headers)

"""The network of the virtual deployment, at the level of HTTP: clients' own retries, parsing and errors are real.

botocore's clients are answered in place of their HTTP session (`before-send`), after signing and serialising; urllib3's
pools by connections that have no socket. What goes wrong on a way is decided by `Weather`, and happens here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import botocore.auth
import botocore.handlers
import botocore.useragent
import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import ClientCreator
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.hooks import EventAliaser
from urllib3.exceptions import ConnectTimeoutError as UrllibConnectTimeoutError
from urllib3.exceptions import NewConnectionError, ProtocolError
from urllib3.exceptions import ReadTimeoutError as UrllibReadTimeoutError

from greenroom import exchange
from simulation.scheduler import Killed, Scheduler

# What a client waits for: greenroom.bootstrap.clients has the same for AWS's services.
CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0
_HUGE = 5 * 1024 * 1024

BEFORE = frozenset({"throttled", "error", "unavailable", "refused", "unreachable", "timeout", "reset", "dies before"})
"""The faults by which a call has no effect."""
AFTER = frozenset({"lost", "lost at once", "malformed", "trickled", "huge", "slow", "dies after"})
"""The faults by which a call has its effect, and its caller does not learn of it, or late."""


@dataclass(frozen=True)
class Request:
    """A call on its way: `operation` is AWS's name for it, or the method of another service."""

    service: str
    operation: str
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False, default=b"")

    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = field(repr=False, default=b"")
    headers: Mapping[str, str] = field(default_factory=dict)


class Unanswered(Exception):
    """No answer came. `kind`: refused, unreachable, timeout or reset."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


Server = Callable[[Request], Response]


class ServiceError(Exception):
    """An error that a service of AWS answers, by its own name for it."""

    def __init__(self, code: str, message: str = "", status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


def answered(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode(), {"content-type": "application/x-amz-json-1.0"})


def failed(error: ServiceError) -> Response:
    """Return an error as the JSON protocols write it."""
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
    headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-errortype": error.code}
    return Response(error.status, json.dumps(body).encode(), headers)


class Network:
    """Carries each call to its server, through the weather.

    `fault`: says what happens to a call, if anything. `latency`: for how long a call is under way. `is_dead`: whether
    the caller's machine has died, so that nothing leaves it any more. `servers`: by the service's name of botocore's
    events, and `https` for everything that is called by urllib3.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        servers: Mapping[str, Server],
        *,
        fault: Callable[[Request], str | None],
        latency: Callable[[Request], float],
        is_dead: Callable[[], bool],
    ) -> None:
        self._scheduler = scheduler
        self._servers = servers
        self._fault = fault
        self._latency = latency
        self._is_dead = is_dead

    def call(self, request: Request) -> Response:
        """Return the answer, or raise Unanswered; Killed where the caller dies of it."""
        if self._is_dead():
            raise Killed
        fault, latency = self._fault(request), self._latency(request)
        self._scheduler.sleep(latency / 2)
        if fault in BEFORE:
            return self._broken_off(fault, request)
        if fault == "slow":
            self._scheduler.sleep(1 + 50 * latency)
        response = self._servers[request.service](request)
        if fault in AFTER:
            response = self._spoilt(fault, response)
        self._scheduler.sleep(latency / 2)
        return response

    def _broken_off(self, fault: str | None, request: Request) -> Response:
        match fault:
            case "dies before":
                raise Killed
            case "throttled" | "error" | "unavailable":
                return refusal(request.service, fault)
            case "timeout":
                self._scheduler.sleep(READ_SECONDS)
            case "unreachable":
                self._scheduler.sleep(CONNECT_SECONDS)
        raise Unanswered(str(fault))

    def _spoilt(self, fault: str, response: Response) -> Response:
        match fault:
            case "dies after":
                raise Killed
            case "lost":
                self._scheduler.sleep(READ_SECONDS)
                raise Unanswered("timeout")
            case "lost at once":
                raise Unanswered("reset")
            case "malformed":
                # What is cut short is found by its length; this has the right one, as from a broken proxy.
                half = response.body[: len(response.body) // 2]
                return Response(response.status, half.ljust(len(response.body), b"~"), response.headers)
            case "trickled":
                self._scheduler.sleep(20 + len(response.body) / 100)
            case "huge":
                return Response(response.status, response.body + b" " * _HUGE, response.headers)
        return response


_THROTTLED = {
    "dynamodb": ("ThrottlingException", 400),
    "sqs": ("RequestThrottled", 403),
    "apigatewaymanagementapi": ("LimitExceededException", 429),
    "nimble": ("ThrottlingException", 429),
    "gameliftstreams": ("ThrottlingException", 429),
}


def refusal(service: str, fault: str) -> Response:
    """Return what a service answers when it throttles, or fails."""
    if service == "https":
        status, headers = {"throttled": (429, {"retry-after": "3"}), "error": (500, {})}.get(fault, (503, {}))
        return Response(status, b'{"message": "not now"}', headers)
    if service == "sns":
        code, status = {"throttled": ("Throttled", 429)}.get(fault, ("InternalFailure", 500))
        kind = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>not now</Message></Error>"
        return Response(
            status, f"{kind}<RequestId>r</RequestId></ErrorResponse>".encode(), {"content-type": "text/xml"}
        )
    if fault == "throttled":
        code, status = _THROTTLED.get(service, ("ThrottlingException", 400))
        return failed(ServiceError(code, "Rate exceeded", status))
    code = "InternalServerError" if service == "dynamodb" else "InternalServerException"
    return failed(ServiceError(code, "not now", 500 if fault == "error" else 503))


@contextmanager
def connected(network: Callable[[], Network]) -> Iterator[None]:
    """Have the clients of botocore that are made meanwhile, and the pools of `exchange`, call this network.

    Requests are not signed, and say nothing of their agent: nobody here reads that. What botocore finds out for each
    client anew, though it is the same for all, is found out once.
    """
    handlers: list[Any] = botocore.handlers.BUILTIN_HANDLERS
    creator: Any = ClientCreator
    aliaser: Any = EventAliaser

    def send(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        _event, service, operation = event_name.split(".")
        return _by_botocore(network(), service, operation, request)

    # A session copies them when it begins.
    handlers.append(("before-send", send))
    _Connection.network = staticmethod(network)
    try:
        with (
            patch.object(botocore.auth.SigV4Auth, "add_auth", lambda *_: None),
            patch.object(botocore.useragent.UserAgentString, "to_string", lambda _: "virtual"),
            patch.object(creator, "_load_service_model", _once(creator._load_service_model)),  # noqa: SLF001
            patch.object(aliaser, "_alias_event_name", _once(aliaser._alias_event_name)),  # noqa: SLF001
            patch.object(exchange.Pool, "ConnectionCls", _Connection),
            patch.object(exchange.SecurePool, "ConnectionCls", _Connection),
        ):
            yield
    finally:
        handlers.remove(("before-send", send))


def _once(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method with one memory for all objects, by its arguments."""
    found: dict[Any, Any] = {}

    def call(this: Any, *args: Any, **more: Any) -> Any:
        key = (*args, *more.items())
        if key not in found:
            found[key] = method(this, *args, **more)
        return found[key]

    return call


def _by_botocore(network: Network, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
    body: Any = request.body or b""
    sent = body.encode() if isinstance(body, str) else bytes(body)
    headers = {str(name): _text(value) for name, value in request.headers.items()}
    try:
        answer = network.call(Request(service, operation, str(request.method), str(request.url), headers, sent))
    except Unanswered as unanswered:
        errors = {
            "timeout": ReadTimeoutError,
            "reset": ConnectionClosedError,
            "unreachable": ConnectTimeoutError,
            "refused": EndpointConnectionError,
        }
        raise errors[unanswered.kind](endpoint_url=request.url, error=unanswered.kind) from None
    received: Any = dict(answer.headers)
    return AWSResponse(request.url, answer.status, received, _Raw(answer.body))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class _Connection(exchange.SecureConnection):
    """A connection of urllib3 without a socket."""

    network: Callable[[], Network]
    _answer: Response
    _asked: tuple[str, str, Mapping[str, str], bytes]

    def connect(self) -> None:
        self.is_verified = True
        self.proxy_is_verified = None

    @property
    def is_closed(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> None:
        sent = body.encode() if isinstance(body, str) else body or b""
        self._asked = (method, url, dict(headers or {}), sent)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        method, path, headers, body = self._asked
        url = f"https://{self.host}:{self.port}{path}"
        present = exchange._present()  # noqa: SLF001  # whose connection this is
        try:
            if present:
                present.is_connected = True
            answer = self.network().call(Request("https", method, method, url, headers, body))
        except Unanswered as unanswered:
            if present and unanswered.kind in {"refused", "unreachable"}:
                present.is_connected = False
            raise self._error(unanswered.kind) from None
        return urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            headers=dict(answer.headers),
            status=answer.status,
            preload_content=False,
            decode_content=False,
        )

    def _error(self, kind: str) -> Exception:
        match kind:
            case "timeout":
                return UrllibReadTimeoutError(None, self.host, "no answer")  # type: ignore[arg-type]
            case "unreachable":
                return UrllibConnectTimeoutError(self, "no connection")
            case "refused":
                return NewConnectionError(self, "refused")
        return ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))

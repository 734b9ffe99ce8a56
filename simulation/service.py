"""A simulated streaming service, called without sockets: by its WSGI application."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import HeadersDict
from botocore.exceptions import ConnectionClosedError
from botocore.model import OperationModel
from botocore.parsers import ResponseParser, create_parser
from werkzeug.test import run_wsgi_app

from local.simulator.core.app import App
from local.simulator.core.clock import Clock, system_clock
from local.simulator.core.faults import NoAnswer
from simulation.network import Request, Response, Unanswered
from simulation.wire import Answer


class SimulatedService:
    """A service of `local/simulator`, which is what `service` is, with its control calls.

    `answers`: the bodies that were sent over HTTP. `clock`: by itself Python's, which is virtual here.
    """

    def __init__(self, service: Any, clock: Clock = system_clock) -> None:
        self.service = service
        self.answers: list[str] = []
        self._app = App(service, clock)

    def answer(self, model: OperationModel, params: Mapping[str, Any]) -> Answer:
        """Answer a client's call as over the wire, unsigned. Raises ConnectionClosedError where it gets no answer.

        A connection that is silent (`Timeout`) would be so in real time: it is not simulated.
        """
        try:
            body, status, sent = run_wsgi_app(self._app, _environ(params))
        except NoAnswer as error:
            raise ConnectionClosedError(endpoint_url=params["url"]) from error
        code, headers = int(status.partition(" ")[0]), HeadersDict(dict(sent))
        response = {"body": b"".join(body), "headers": headers, "status_code": code}
        shape: Any = model.output_shape
        parsed: dict[str, Any] = _parser(model.metadata["protocol"]).parse(response, shape)
        return SimpleNamespace(status_code=code, headers=headers), parsed

    def __call__(self, request: Request) -> Response:
        """Answer a call of HTTP. Raises Unanswered."""
        try:
            status, headers, body = self._called(request.method, request.url, request.headers, request.body)
        except NoAnswer:
            raise Unanswered("reset") from None
        self.answers.append(body.decode())
        return Response(status, body, headers)

    def set_session(self, key: str, **setting: Any) -> None:
        """`PUT /_simulator/sessions/{key}`: tell what a session will do."""
        self._control("PUT", f"/sessions/{key}", setting)

    def set_limits(self, limits: Mapping[str, Mapping[str, float]]) -> None:
        """`PUT /_simulator/limits`: a token bucket by operation."""
        self._control("PUT", "/limits", limits)

    def set_outage(self, seconds: float, error: str) -> None:
        """`PUT /_simulator/outage`: have every call end so for that long."""
        self._control("PUT", "/outage", {"seconds": seconds, "error": error})

    def calls(self) -> list[dict[str, Any]]:
        """`GET /_simulator/calls`: all calls so far."""
        found: list[dict[str, Any]] = json.loads(self._control("GET", "/calls"))
        return found

    def forget(self) -> None:
        """`DELETE /_simulator`: begin again."""
        self.answers.clear()
        self._control("DELETE", "")

    def _control(self, method: str, what: str, setting: Any = None) -> bytes:
        sent = b"" if setting is None else json.dumps(setting).encode()
        status, _, body = self._called(method, f"http://service/_simulator{what}", {}, sent)
        if status >= 300:
            raise ValueError(body.decode())
        return body

    def _called(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
        params = {"method": method, "url_path": f"/{path}", "headers": headers, "body": body, "query_string": {}}
        chunks, status, sent = run_wsgi_app(self._app, {**_environ(params), "QUERY_STRING": query})
        return int(status.partition(" ")[0]), dict(sent), b"".join(chunks)


class _Connection:
    """All that a reset asks of the caller's connection."""

    def setsockopt(self, *_: Any) -> None:
        pass

    def detach(self) -> int:
        return socket.socket().detach()


@cache
def _parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)


def _environ(params: Mapping[str, Any]) -> dict[str, Any]:
    """The request as a WSGI server hands it on, with the path as it was sent in RAW_URI."""
    body: bytes = params["body"] or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": params["method"],
        "PATH_INFO": params["url_path"],
        "RAW_URI": params["url_path"],
        "QUERY_STRING": urlencode(params["query_string"]),
        "SERVER_NAME": "service",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        # A reset closes it.
        "werkzeug.socket": _Connection(),
    }
    for name, value in params["headers"].items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = str(value)
    return environ

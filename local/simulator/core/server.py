"""The simulator behind a port: a threaded HTTP server that starts, and stops, with a `with` block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from local.simulator.core.app import App
from local.simulator.core.clock import Clock
from local.simulator.core.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_POLL_SECONDS = 0.05


class _Handler(WSGIRequestHandler):
    """Closes a connection whose call gets no answer; werkzeug alone would read the next request from it."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        super().connection_dropped(error, environ)
        self.close_connection = True


class _QuietHandler(_Handler):
    """Logs errors and no requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@dataclass(frozen=True)
class Simulator:
    """A running simulator: clients use `url` as their endpoint."""

    url: str


@contextmanager
def serve_service(
    service: Service[Any], host: str, port: int, *, clock: Clock, access_log: bool
) -> Iterator[Simulator]:
    """Serve a new service until the block ends; calls that a fault keeps waiting are dropped then."""
    app = App(service, clock)
    handler = _Handler if access_log else _QuietHandler
    server = make_server(host, port, app, threaded=True, request_handler=handler)
    name = f"[{host}]" if ":" in host else host
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="simulator", daemon=True)
    thread.start()
    try:
        yield Simulator(f"http://{name}:{server.port}")
    finally:
        app.stopping.set()
        server.shutdown()
        thread.join()

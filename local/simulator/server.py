"""The simulator behind a port: a threaded HTTP server that starts, and stops, with a `with` block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from local.simulator.app import App
from local.simulator.clock import Clock, system_clock

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
def serve(
    host: str = "127.0.0.1", port: int = 0, *, clock: Clock = system_clock, access_log: bool = False
) -> Iterator[Simulator]:
    """Serve until the block ends. Port 0 is a free port. The access log names methods and paths, on stderr.

    Calls that are kept waiting by a fault are dropped at the end, not waited for.
    """
    app = App(clock)
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

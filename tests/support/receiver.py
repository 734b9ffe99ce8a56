"""A real HTTP server on this machine: it keeps what it gets, and answers what a test tells it to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


HANG_UP = Answer(0)
"""No answer: the connection is closed after the request was read."""


@dataclass
class Receiver:
    """Answers the n-th request with the n-th of `answers`, and with the last one from then on."""

    port: int = 0
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will_answer(self, status: int, body: bytes | object = b"", **headers: str) -> None:
        """Answer everything like this. A body that is not bytes goes out as JSON; `a_b` is the header `a-b`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers = [Answer(status, data, {name.replace("_", "-"): value for name, value in headers.items()})]

    def take(self, request: Received) -> Answer:
        self.received.append(request)
        return self.answers[min(len(self.received), len(self.answers)) - 1]


@contextmanager
def receive(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen until the block ends, on a free port of 127.0.0.1."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            answer = receiver.take(Received(self.path, dict(self.headers), body))
            if answer is HANG_UP:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_DELETE = do_POST  # noqa: N815  # the names that http.server looks for

        def log_message(self, *arguments: object) -> None:
            """Say nothing: the tests read what was received."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """Say nothing of a handshake that the other side broke off, as some tests want it to."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()

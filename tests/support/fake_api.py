"""A deployed API as the command line meets it: a real HTTP server that answers each call as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CREATED_AT = "2026-11-24T12:00:00Z"


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """`lost`: the connection is closed without an answer, after the call has come."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False


@dataclass
class FakeApi:
    """The n-th call of a kind gets the n-th answer of its kind, and the last one from then on; else a 404."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    _answers: dict[str, list[Answer]] = field(default_factory=dict)

    def will_answer(self, call: str, *answers: Answer) -> None:
        """`call` is a method and a path without its query, such as `GET streams/a`."""
        self._answers[call] = list(answers)

    def will_show(self, *views: Mapping[str, Any]) -> None:
        """The views of one request, look by look. Nobody has to wait for the next."""
        answers = [Answer(200, view, {"Retry-After": "0"} if view["state"] == "pending" else {}) for view in views]
        self.will_answer(f"GET streams/{views[0]['id']}", *answers)

    def will_accept(self, *views: Mapping[str, Any]) -> None:
        """Accept a request, and show it from then on."""
        self.will_answer("POST streams", Answer(202, views[0]))
        self.will_show(*views)

    def made(self, call: str) -> list[Call]:
        return [made for made in self.calls if f"{made.method} {made.path.split('?')[0]}" == call]

    def take(self, call: Call) -> Answer:
        kind = f"{call.method} {call.path.split('?')[0]}"
        self.calls.append(call)
        if not (answers := self._answers.get(kind)):
            return Answer(404, {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No such thing"})
        return answers[min(len(self.made(kind)), len(answers)) - 1]


def view(state: str = "pending", request_id: str = "r-1", **more: Any) -> dict[str, Any]:
    """A request of Nimble Studio as `GET streams/{id}` shows it."""
    common = {"id": request_id, "provider": "nimble", "state": state, "createdAt": CREATED_AT, "metadata": {}}
    return common | {"deadlineAt": "2026-11-24T12:15:00Z", "studioId": "studio", "sessionId": "s"} | more


def problem(status: int, detail: str, *errors: Mapping[str, str]) -> Answer:
    body = {"type": "about:blank", "title": "No", "status": status, "detail": detail}
    return Answer(status, body | ({"errors": list(errors)} if errors else {}))


@contextmanager
def serve() -> Iterator[FakeApi]:
    """Listen until the block ends, on a free port of 127.0.0.1."""
    fake = FakeApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            path = self.path.removeprefix("/v1/")
            answer = fake.take(Call(self.command, path, dict(self.headers), json.loads(body) if body else None))
            if not answer.lost:
                self._send(answer)
            self.close_connection = True

        do_GET = do_DELETE = do_POST  # noqa: N815  # the names that http.server looks for

        def _send(self, answer: Answer) -> None:
            data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            """Say nothing: the tests read what was called."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}/v1/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield fake
        server.shutdown()
        thread.join()

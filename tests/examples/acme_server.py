"""Acme, the service of the guide: JSON over HTTP, with a token. A real server on loopback."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]

_NOT_FOUND: Answer = (404, {"message": "there is no such desk"})


@dataclass(frozen=True)
class Manners:
    """How Acme behaves. `state` is what a desk becomes after some seconds; None: it stays STARTING."""

    room: int = 1
    ready_after: float | None = 3
    state: str = "RUNNING"
    reason: str | None = None
    opens: bool = True


@dataclass
class Desk:
    id: str
    token: str
    made_at: datetime


@dataclass
class AcmeServer:
    """`token`: who sends it may call. `made`: how many desks there were so far."""

    token: str = "t0ken-of-acme"  # noqa: S105  # a test's
    url: str = ""
    manners: Manners = field(default_factory=Manners)
    desks: dict[str, Desk] = field(default_factory=dict)
    made: int = 0
    _numbers: Iterator[int] = field(default_factory=count)

    def forget(self) -> None:
        """Begin as if nobody had ever called."""
        self.token, self.made, self.manners = type(self).token, 0, Manners()
        self.desks.clear()

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> Answer:
        match method, path.strip("/").split("/"):
            case "POST", ["desks"]:
                return self._make(body["user"], body["token"])
            case "GET", ["desks"]:
                found = [desk for desk in self.desks.values() if desk.token in query["token"]]
                return 200, {"desks": [self._seen(desk) for desk in found]}
            case "GET", ["desks", name] if name in self.desks:
                return 200, self._seen(self.desks[name])
            case "POST", ["desks", name, "url"] if name in self.desks:
                return self._open(self.desks[name], body["seconds"])
            case "DELETE", ["desks", name] if self.desks.pop(name, None):
                return 204, None
        return _NOT_FOUND

    def _make(self, user: str, token: str) -> Answer:
        if user == "nobody":
            return 404, {"message": "nobody is no user of Acme"}
        if same := [desk for desk in self.desks.values() if desk.token == token]:
            return 200, self._seen(same[0])
        if len(self.desks) >= self.manners.room:
            return 409, {"message": "no desk is free"}
        desk = Desk(f"desk-{next(self._numbers)}", token, datetime.now(UTC))
        self.desks[desk.id] = desk
        self.made += 1
        return 202, self._seen(desk)

    def _seen(self, desk: Desk) -> dict[str, Any]:
        after = self.manners.ready_after
        if after is None or datetime.now(UTC) < desk.made_at + timedelta(seconds=after):
            return {"id": desk.id, "state": "STARTING"}
        return {"id": desk.id, "state": self.manners.state, "reason": self.manners.reason}

    def _open(self, desk: Desk, seconds: int) -> Answer:
        if self._seen(desk)["state"] != "RUNNING" or not self.manners.opens:
            return 409, {"message": "the desk cannot be opened yet"}
        ends = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
        return 200, {"url": f"https://acme.example/{desk.id}?ticket=s3cret", "expiresAt": ends.isoformat()}


class _Server(ThreadingHTTPServer):
    def __init__(self, acme: AcmeServer, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.acme = acme


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url, acme = urlsplit(self.path), self.server.acme
        status, body = 401, {"message": "who are you?"}
        if self.headers.get("Authorization") == f"Bearer {acme.token}":
            status, body = acme.answer(self.command, url.path, parse_qs(url.query), json.loads(sent or "null"))
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_DELETE = do_GET  # noqa: N815  # the names that http.server looks for

    def log_message(self, *arguments: object) -> None:
        """Say nothing: a test asks the server itself."""


@contextmanager
def serve_acme() -> Iterator[AcmeServer]:
    """Listen until the block ends, on a free port of 127.0.0.1."""
    acme = AcmeServer()
    with _Server(acme) as server:
        acme.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield acme
        server.shutdown()
        thread.join()


def main() -> None:
    """Run Acme, with room for many, on the port that the command line names until it is stopped."""
    acme = AcmeServer(manners=Manners(room=1000))
    with _Server(acme, int(sys.argv[1])) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()

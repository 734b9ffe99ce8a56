"""A reverse proxy in front of a service: it passes calls on, and breaks those that a test names."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

# Of one connection only, or of a body that is another one here.
_NOT_PASSED_ON = {"connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Break:
    """One way to break the calls whose `METHOD /path` fits a pattern; `calls` counts them from 1, None is each.

    `status`: the call gets this answer, and is not passed on. `cut`: it gets none, and is not passed on. `lost`: it is
    passed on, and not answered. `held`: it is not answered, and passed on when `let_through` says so. `edit`: what it
    makes of the JSON of the answer.
    """

    pattern: str
    calls: range | None = None
    status: int = 0
    cut: bool = False
    lost: bool = False
    held: bool = False
    edit: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Passed:
    """A call that the service has had: `METHOD /path`, and the status of its answer."""

    line: str
    status: int


@dataclass(frozen=True)
class Sent:
    """A call as it came, to be passed on."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"


@dataclass
class FaultyProxy:
    """`url` stands for the service at `upstream`. `passed`: the calls that reached it since the last `forget`."""

    upstream: str
    url: str = ""
    passed: list[Passed] = field(default_factory=list)
    _breaks: dict[Break, int] = field(default_factory=dict)
    _held: list[Sent] = field(default_factory=list)
    _away_until: datetime | None = None
    _http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, breaks: Sequence[Break]) -> None:
        """Break calls in these ways, and in no other any more."""
        with self._lock:
            self._breaks = dict.fromkeys(breaks, 0)

    def forget(self) -> None:
        with self._lock:
            self._breaks.clear()
            self.passed.clear()
            self._held.clear()
            self._away_until = None

    def go_away(self, seconds: float) -> None:
        """Answer no call for so long."""
        self._away_until = datetime.now(UTC) + timedelta(seconds=seconds)

    @property
    def is_away(self) -> bool:
        return self._away_until is not None and datetime.now(UTC) < self._away_until

    def hold(self, sent: Sent) -> None:
        self._held.append(sent)

    def let_through(self) -> list[str]:
        """Pass on what was held, whose answers reach nobody any more. Returns the lines of these calls."""
        held, self._held = self._held, []
        for sent in held:
            self.pass_on(sent)
        return [sent.line for sent in held]

    def pass_on(self, sent: Sent) -> urllib3.BaseHTTPResponse:
        url, headers = self.upstream + sent.path, sent.headers
        answer = self._http.request(sent.method, url, body=sent.body, headers=headers, redirect=False)
        self.passed.append(Passed(sent.line, answer.status))
        return answer

    def posted(self, end: str, *statuses: int) -> list[str]:
        """The paths with this end to which something was posted, and that answered with one of these."""
        calls = [call.line for call in self.passed if call.status in statuses]
        return [line for line in calls if line.startswith("POST ") and line.endswith(end)]

    def broken(self, line: str) -> list[Break]:
        """Count a call, and tell how it is to be broken."""
        with self._lock:
            fitting = [each for each in self._breaks if re.fullmatch(each.pattern, line)]
            for each in fitting:
                self._breaks[each] += 1
            return [each for each in fitting if each.calls is None or self._breaks[each] in each.calls]


class _Server(ThreadingHTTPServer):
    def __init__(self, proxy: FaultyProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        proxy = self.server.proxy
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = Sent(self.command, self.path, headers, body)
        ways = proxy.broken(sent.line)
        if held := any(way.held for way in ways):
            proxy.hold(sent)
        if status := next((way.status for way in ways if way.status), 0):
            self._answer(status, {}, json.dumps({"status": status, "message": "as the test says"}).encode())
        elif held or proxy.is_away or any(way.cut for way in ways):
            self.close_connection = True
        else:
            self._pass_on(sent, ways)

    do_POST = do_DELETE = do_GET  # noqa: N815  # the names that http.server looks for

    def _pass_on(self, sent: Sent, ways: Sequence[Break]) -> None:
        try:
            answer = self.server.proxy.pass_on(sent)
        except urllib3.exceptions.HTTPError:  # a simulated service breaks calls itself
            self.close_connection = True
            return
        if any(way.lost for way in ways):
            self.close_connection = True
            return
        data = answer.data
        for way in ways:
            data = json.dumps(way.edit(json.loads(data))).encode() if way.edit else data
        self._answer(answer.status, answer.headers, data)

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing: the tests ask what was passed on."""


@contextmanager
def faulty_proxy(upstream: str) -> Iterator[FaultyProxy]:
    """Listen until the block ends, on a free port of 127.0.0.1."""
    proxy = FaultyProxy(upstream)
    with _Server(proxy) as server:
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield proxy
        server.shutdown()
        thread.join()

"""A server that answers whatever bytes a test gives it, HTTP or not, and closes the connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """Answers one call after the other with these bytes as they are, and from then on with the last of them."""

    port: int
    _answers: list[bytes] = field(default_factory=lambda: [b""])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will_answer(self, *answers: bytes) -> None:
        self._answers = list(answers)

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line, suppress(OSError):
                    line.settimeout(2)
                    _read_call(line)
                    line.sendall(self._answers.pop(0) if self._answers[1:] else self._answers[0])


def _read_call(line: socket.socket) -> None:
    """Read a whole call: a connection that is closed before would be reset, and its answer lost."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65_536) or b"\r\n\r\n"
    head, _, body = got.partition(b"\r\n\r\n")
    fields = dict(each.lower().split(b": ", 1) for each in head.split(b"\r\n")[1:] if b": " in each)
    length = int(fields.get(b"content-length", 0))
    while len(body) < length:
        more = line.recv(65_536)
        if not more:
            return
        body += more


@contextmanager
def answering() -> Iterator[RawServer]:
    """Listen until the block ends, on a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        server = RawServer(listener.getsockname()[1])
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def http(status: object, body: bytes, *headers: tuple[str, str], length: int | None = None) -> bytes:
    """Write an answer by HTTP/1.1; `length` is what it says of its body, where that is not true."""
    said = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {said}", *(f"{name}: {value}" for name, value in headers)]
    head = "\r\n".join([*lines, "Connection: close", "", ""])
    return head.encode("latin-1", "replace") + body

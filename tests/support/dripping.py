"""A peer that never comes to an end: it takes connections, and answers a byte at a time, or not at all."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = HEAD + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
ANSWER = HEAD + b"Content-Length: 2\r\n\r\n{}"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass
class Dripper:
    """`got`: what each connection has sent so far. Each that is asked gets `first` at once, then a drop a pause."""

    port: int
    first: bytes
    drops: bytes
    pause: float
    got: list[bytes] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                self.got.append(b"")
                threading.Thread(target=self._drip, args=(line, len(self.got) - 1), daemon=True).start()

    def _drip(self, line: socket.socket, number: int) -> None:
        with line, suppress(OSError):
            self.got[number] += line.recv(65_536)
            line.sendall(self.first)
            for drop in self._endless():
                if self.is_over.wait(self.pause):
                    return
                line.sendall(drop)

    def _endless(self) -> Iterable[bytes]:
        return (bytes([byte]) for byte in itertools.cycle(self.drops)) if self.drops else itertools.repeat(b"")


@contextmanager
def dripping(first: bytes = b"", drops: bytes = b"x", pause: float = 0.05) -> Iterator[Dripper]:
    """Listen until the block ends, on a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        dripper = Dripper(listener.getsockname()[1], first, drops, pause)
        threading.Thread(target=dripper.serve, args=(listener,), daemon=True).start()
        yield dripper
        dripper.is_over.set()
        listener.shutdown(socket.SHUT_RDWR)

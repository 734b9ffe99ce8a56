"""HTTP exchanges that end by the wall clock, and answers that are read up to a bound, whatever the other side does.

The time-outs of urllib3 bound each read on its own, so a peer that sends a byte a second never runs into one:
https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html#urllib3.util.Timeout. An exchange runs in a thread
of its own. At the end of its time its connections are shut down; the pools below make connections that can be.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util.connection import create_connection

T = TypeVar("T")


_CHUNK_BYTES = 64 * 1024


class OutOfTime(Exception):
    """The exchange was cut off at the end of its time."""


class TooLong(Exception):
    """The answer has more bytes than it may have."""


def read_at_most(most_bytes: int, answer: BaseHTTPResponse) -> bytes:
    """Return the body of an answer that was made with `preload_content=False`. TooLong where it has more bytes.

    They are counted after decompression, of which urllib3 does no more at a time than it is asked for, from 2.7 on:
    https://nvd.nist.gov/vuln/detail/CVE-2026-44432.
    """
    body = bytearray()
    while chunk := answer.read(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > most_bytes:
            answer.close()
            raise TooLong(f"more than {most_bytes} bytes")
    return bytes(body)


class Exchange:
    """One call over the network, from the look-up of the name to the last byte of the answer.

    `is_connected`: a connection was ready to send on, so the other side may have got what was sent.
    """

    def __init__(self) -> None:
        self.is_connected = False
        self._lock = threading.Lock()
        self._is_over = False
        self._lines: list[socket.socket] = []

    def run(self, seconds: float, call: Callable[[], T]) -> T:
        """Return what the call returns, or raise what it raises. OutOfTime after so many seconds.

        A look-up of a name cannot be broken off. Its thread is left to end by itself, and sends nothing any more.
        """
        answer: Future[T] = Future()
        threading.Thread(target=self._run, args=(call, answer), daemon=True).start()
        try:
            return answer.result(seconds)
        except TimeoutError:
            if answer.done():
                raise
            self._cut()
            raise OutOfTime(f"cut off after {seconds:g} s") from None

    def watch(self, line: socket.socket) -> None:
        """Keep a way to shut a connection down. Of one that comes too late, it is shut down now."""
        # A copy of the descriptor: TLS takes the socket's own away, and the pool closes a connection before its answer
        # has been read. To shut down one of them shuts down the connection.
        copy = socket.socket(fileno=os.dup(line.fileno()))
        with self._lock:
            self._lines.append(copy)
            if self._is_over:
                _shut_down(copy)

    def _run(self, call: Callable[[], T], answer: Future[T]) -> None:
        _here.exchange = self
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001  # the caller's thread raises it
            answer.set_exception(error)
        finally:
            with self._lock:
                while self._lines:
                    self._lines.pop().close()

    def _cut(self) -> None:
        with self._lock:
            self._is_over = True
            for line in self._lines:
                _shut_down(line)


class Connection(HTTPConnection):
    """A connection that the exchange of its thread can shut down.

    `addresses`: those to connect to, one after the other until one takes the connection, in place of a look-up.
    """

    def __init__(self, *arguments: Any, addresses: Sequence[str] = (), **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._addresses = addresses

    # The place where urllib3's own SOCKS support changes how a connection is made, before TLS.
    def _new_conn(self) -> socket.socket:
        line = self._connected() if self._addresses else super()._new_conn()
        if exchange := _present():
            exchange.watch(line)
        return line

    def connect(self) -> None:
        super().connect()
        if exchange := _present():
            exchange.is_connected = True

    def request(self, *arguments: Any, **keywords: Any) -> None:
        if self.sock and (exchange := _present()):  # made by an earlier exchange
            exchange.watch(self.sock)
            exchange.is_connected = True
        super().request(*arguments, **keywords)

    def _connected(self) -> socket.socket:
        failed: HTTPError | None = None
        for address in self._addresses:
            try:
                return create_connection((address, self.port), self.timeout, socket_options=self.socket_options)
            except TimeoutError:
                failed = ConnectTimeoutError(self, f"{address} did not take the connection in time")
            except OSError as error:
                failed = NewConnectionError(self, f"{address} did not take the connection: {error}")
        raise failed or NewConnectionError(self, "There is no address")


class SecureConnection(Connection, HTTPSConnection):
    """The same with TLS."""


class Pool(HTTPConnectionPool):
    ConnectionCls = Connection


class SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureConnection


_here = threading.local()


def _present() -> Exchange | None:
    return getattr(_here, "exchange", None)


def _shut_down(line: socket.socket) -> None:
    with suppress(OSError):  # the other side may have closed it
        line.shutdown(socket.SHUT_RDWR)

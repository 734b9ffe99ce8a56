"""Faults that no service models: what a network, a dying server or a broken proxy does to a call."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from time import monotonic

from werkzeug import Request, Response

TIMEOUT = "Timeout"
CONNECTION_RESET = "ConnectionReset"
LOST_RESPONSE = "LostResponse"
MALFORMED = "Malformed"
TRANSPORT_FAULTS = frozenset({TIMEOUT, CONNECTION_RESET, LOST_RESPONSE, MALFORMED})

_LONGEST_SILENCE_SECONDS = 60
_PAUSE_SECONDS = 0.05
_LINGER_FOR_0_SECONDS = struct.pack("ii", 1, 0)


class NoAnswer(ConnectionAbortedError):
    """Ends a call without an answer: werkzeug's server takes it for a lost connection and sends nothing."""


def reset(request: Request) -> None:
    """Close the caller's connection with a TCP reset, in place of the end of stream that an orderly close sends."""
    connection = _connection(request)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_0_SECONDS)
    socket.close(connection.detach())


def keep_silent(request: Request, stopping: threading.Event) -> None:
    """Return when the caller has hung up, when the server stops, or after a minute."""
    request.get_data()  # what is still to read afterwards is the end of the stream
    connection, end = _connection(request), monotonic() + _LONGEST_SILENCE_SECONDS
    while monotonic() < end and not stopping.wait(_PAUSE_SECONDS):
        readable, _, _ = select.select([connection], [], [], 0)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return


def malformed(secret: str | None, content_type: str | None) -> Response:
    """200 with a body that breaks off before it is JSON, and shows the URL or token that the call was about, if any."""
    body = json.dumps({"stream": {"url": secret}}).removesuffix("}}")
    return Response(body, 200, content_type=content_type or "application/json")


def _connection(request: Request) -> socket.socket:
    connection: socket.socket = request.environ["werkzeug.socket"]
    return connection

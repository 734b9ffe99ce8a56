"""Annotations of the present trace, by which X-Ray finds it.

Lambda makes the function's segment itself, and that takes none. A subsegment does, as a datagram to the daemon that
Lambda runs beside each function: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html. X-Ray's
SDK does the same, and is one more package to load when a function starts.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from contextlib import suppress

_HEADER = b'{"format": "json", "version": 1}\n'


def annotate(**annotations: str) -> None:
    """Annotate the trace of the present call, if it is sampled. Best effort: no call fails by it."""
    trace = _trace()
    host, _, port = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "").partition(":")
    if trace.get("Sampled") != "1" or not port:
        return
    now = time.time()
    subsegment = {
        "name": "request",
        "type": "subsegment",
        "id": secrets.token_hex(8),
        "trace_id": trace["Root"],
        "parent_id": trace["Parent"],
        "start_time": now,
        "end_time": now,
        "annotations": annotations,
    }
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.sendto(_HEADER + json.dumps(subsegment).encode(), (host, int(port)))


def trace_header() -> str:
    """Return the trace of the present call, as AWS writes it in a header; empty where there is none.

    Without what Lambda adds to it, since a header that is handed on may be 256 characters long:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html.
    """
    trace = _trace()
    return ";".join(f"{name}={trace[name]}" for name in ("Root", "Parent", "Sampled") if name in trace)


def _trace() -> dict[str, str]:
    """Read `Root=…;Parent=…;Sampled=…`, which Lambda sets for each call.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    parts = os.environ.get("_X_AMZN_TRACE_ID", "").split(";")
    return dict(part.split("=", 1) for part in parts if "=" in part)

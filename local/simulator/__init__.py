"""Simulated streaming services: their wire protocols, over sessions and streams that do what a test asks for.

Run them with `python -m local.simulator nimble=PORT`, or `with serve("nimble") as simulator:` and point a client at
`simulator.url`. A service is a package here, with a `make` in its module `service`; `core` serves them all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from local.simulator.core.clock import Clock, system_clock
from local.simulator.core.server import Simulator, serve_service
from local.simulator.core.service import Service

__all__ = ["SERVICES", "Simulator", "serve"]

SERVICES = ("nimble", "appstream", "gameliftstreams", "dcv")


def serve(
    name: str,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    clock: Clock = system_clock,
    access_log: bool = False,
) -> AbstractContextManager[Simulator]:
    """Serve one of `SERVICES` until the block ends. Port 0 is a free port.

    The access log names methods and paths, on stderr. Calls that are kept waiting by a fault are dropped at the end,
    not waited for.
    """
    return serve_service(_make(name), host, port, clock=clock, access_log=access_log)


def _make(name: str) -> Service[Any]:
    """Import the one service that is asked for: the models of AWS services are slow to load."""
    if name not in SERVICES:
        raise ValueError(f"no simulated service is called {name}; there are {', '.join(SERVICES)}")
    service: Service[Any] = import_module(f"local.simulator.{name}.service").make()
    return service

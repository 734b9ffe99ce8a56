"""The bursts of the documentation, by `bench/burst.py`: from one request to ten thousand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from bench.burst import drawn
from simulation.figures import CREATE, GET, measured
from simulation.load import Load

PACED, UNPACED = "greenroom", "greenroom-unpaced"
ARRIVALS = 300.0
# Requests, creates and gets a second, functions at once, policy. The long ones first, so that none is waited for alone.
BURSTS: Mapping[str, tuple[int, float, float, int, str]] = {
    "10000": (10_000, 5, 20, 1000, PACED),
    "2000 unpaced": (2_000, 4, 17, 1000, UNPACED),
    "2000": (2_000, 4, 17, 1000, PACED),
    "400 with 10 functions unpaced": (400, 5, 20, 10, UNPACED),
    "400 with 10 functions": (400, 5, 20, 10, PACED),
    "100 unpaced": (100, 5, 20, 1000, UNPACED),
    "100": (100, 5, 20, 1000, PACED),
    "1 unpaced": (1, 5, 20, 1000, UNPACED),
    "1": (1, 5, 20, 1000, PACED),
}


def measure_all() -> dict[str, Any]:
    """The figures of all of them, by name; a process for each of the computer's processors."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        begun = {name: pool.submit(_measured, name) for name in BURSTS}
        return {name: result.result() for name, result in begun.items()}


def _measured(name: str) -> dict[str, Any]:
    count, creates, gets, concurrency, policy = BURSTS[name]
    limits = {CREATE: creates, GET: gets}
    return measured(policy, Load(drawn(count, 1), ARRIVALS, concurrency, limits, bucket=1, seed=1))

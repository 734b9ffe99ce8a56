"""A receiver that never comes to an end costs only itself: somebody else's webhook arrives in seconds beside 48."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.deployed import Deployed, eventually, new_session_id
from tests.support.dripping import HEAD, Dripper, dripping
from tests.support.receiver import Receiver, receive

REQUESTS, TARGETS = 6, 8
DRIPPING = REQUESTS * TARGETS
# Alone it takes about three, and this machine starts a process for each call of a function.
SECONDS = 20


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


@pytest.fixture(params=[DRIPPING, 1], ids=["each at a host of its own", "all at one host"])
def drippers(request: pytest.FixtureRequest) -> Iterator[list[Dripper]]:
    """48 receivers that send a byte a second, or one that is named 48 times."""
    with ExitStack() as stack:
        yield [stack.enter_context(dripping(drops=HEAD, pause=1)) for _ in range(request.param)]


def _ask(deployed: Deployed, *urls: str) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    targets = [{"type": "webhook", "url": url} for url in urls]
    status, _, body = deployed.post(
        {"provider": "nimble", "studioId": "studio", "sessionId": session_id, "notify": targets}
    )
    assert status == 202, body


def _seconds_until_told(deployed: Deployed, receiver: Receiver, path: str) -> float:
    began = time.monotonic()
    _ask(deployed, f"{receiver.url}/{path}")
    told = eventually(lambda: next((got for got in receiver.received if got.path == f"/{path}"), None), "webhook")
    assert json.loads(told.body)["type"] == "stream.ready"
    return time.monotonic() - began


def test_somebody_else_s_webhook_arrives_in_seconds_beside_48_that_drip(
    deployed: Deployed, receiver: Receiver, drippers: list[Dripper]
) -> None:
    alone = _seconds_until_told(deployed, receiver, "alone")
    for number in range(REQUESTS):
        urls = [drippers[(number * TARGETS + each) % len(drippers)].url for each in range(TARGETS)]
        _ask(deployed, *(f"{url}/{number}/{each}" for each, url in enumerate(urls)))
    eventually(lambda: any(dripper.got for dripper in drippers) or None, "first attempt at one that drips")

    beside = [_seconds_until_told(deployed, receiver, f"beside-{number}") for number in range(3)]

    connections = sum(len(dripper.got) for dripper in drippers)
    shown = ", ".join(f"{seconds:.1f} s" for seconds in beside)
    figures = f"alone {alone:.1f} s; beside {DRIPPING} that drip, at {len(drippers)} hosts: {shown}"
    print(f"\n{figures} ({connections} attempts)")  # noqa: T201  # what the test measures: `pytest -s` shows it
    assert max(beside) < SECONDS, figures

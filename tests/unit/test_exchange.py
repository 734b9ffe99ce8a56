"""Exchanges end by the wall clock: a peer that drips, or a name that is not found in time, costs no more."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ReadTimeoutError

from greenroom.adapters.webhook import Webhooks
from greenroom.domain.errors import DeliveryError, DeliveryFailed, EndpointUnreachable
from greenroom.exchange import Exchange, OutOfTime
from greenroom.providers.https_service import HttpsService
from greenroom.request.callback_hosts import CallbackHosts, Resolver
from tests.support.dripping import BODY, CONTINUE, HEAD, dripping
from tests.support.receiver import Receiver
from tests.support.webhooks import NO_GATEWAYS, signatures
from tests.unit.adapters.test_webhook import MESSAGE, NEW

SECONDS = 0.4
# What the machine may take on top, which other tests share.
PATIENCE = 2.0
TRUSTING = CallbackHosts(trusted=frozenset({"127.0.0.1", "hooks.example"}))
DRIPS = {
    "nothing": (b"", b""),
    "a status line": (b"", HEAD),
    "a header": (HEAD, b"x-a: b\r\n"),
    "100 Continue": (b"", CONTINUE),
}
EACH_DRIP = pytest.mark.parametrize(("first", "drops"), DRIPS.values(), ids=DRIPS)


def loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def send(url: str, resolver: Resolver = loopback) -> DeliveryError:
    """Deliver to a URL within SECONDS; returns the error that it ended in."""
    webhooks = Webhooks(signatures(NEW), TRUSTING, NO_GATEWAYS, resolver, SECONDS)
    with in_time(), pytest.raises(DeliveryError) as caught:
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": url})
    return caught.value


@contextmanager
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SECONDS + PATIENCE


def ensure_unclear(error: DeliveryError) -> None:
    assert isinstance(error, DeliveryFailed)
    assert str(error) == "127.0.0.1 did not answer within 0.4 s"
    assert (error.is_unclear, error.hung) == (True, True)


@EACH_DRIP
def test_a_webhook_that_drips_costs_the_time_of_one_exchange(first: bytes, drops: bytes) -> None:
    with dripping(first, drops) as peer:
        ensure_unclear(send(peer.url))


def test_a_webhook_s_answer_is_its_head() -> None:
    with dripping(BODY, b" ") as peer, in_time():
        Webhooks(signatures(NEW), TRUSTING, NO_GATEWAYS, loopback).deliver(
            MESSAGE, {"type": "webhook", "url": peer.url}
        )


def test_a_handshake_that_drips_costs_no_more_and_nothing_was_sent() -> None:
    with dripping(drops=b"") as peer:
        error = send(f"https://127.0.0.1:{peer.port}/")
    assert isinstance(error, DeliveryFailed)
    assert (error.is_unclear, error.hung) == (False, True)


def test_a_name_that_is_not_found_in_time_costs_no_more_and_nothing_is_sent_later(receiver: Receiver) -> None:
    found, looked_up = threading.Event(), threading.Event()

    def slowly(_host: str, _port: int) -> list[str]:
        found.wait(10)
        looked_up.set()
        return ["127.0.0.1"]

    error = send(f"http://hooks.example:{receiver.port}/", slowly)
    assert isinstance(error, DeliveryFailed)
    assert (error.is_unclear, error.hung) == (False, True)
    found.set()
    looked_up.wait(10)
    time.sleep(0.2)
    assert receiver.received == []


def test_a_closed_port_was_sent_nothing_and_does_not_hang() -> None:
    error = send(f"http://127.0.0.1:{closed_port()}/")
    assert isinstance(error, DeliveryFailed)
    assert (error.is_unclear, error.hung) == (False, False)


def closed_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def test_a_connection_that_is_cut_after_the_message_was_sent_leaves_it_unclear() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            line, _ = listener.accept()
            line.recv(65_536)
            line.close()

        threading.Thread(target=hang_up, daemon=True).start()
        error = send(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert isinstance(error, DeliveryFailed)
    assert (error.is_unclear, error.hung) == (True, False)


def test_every_address_that_was_checked_is_tried(receiver: Receiver) -> None:
    webhooks = Webhooks(signatures(NEW), TRUSTING, NO_GATEWAYS, lambda *_: ["127.0.0.9", "127.0.0.1"])
    webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"http://hooks.example:{receiver.port}/"})
    (got,) = receiver.received
    assert got.headers["host"] == f"hooks.example:{receiver.port}"


def test_an_address_that_does_not_answer_leaves_time_to_the_next(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenroom.adapters.webhook.CONNECT_SECONDS", SECONDS)
    webhooks = Webhooks(signatures(NEW), TRUSTING, NO_GATEWAYS, lambda *_: ["127.0.0.9", "127.0.0.1"])
    with silent("127.0.0.9", receiver.port), in_time():
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"http://hooks.example:{receiver.port}/"})
    assert len(receiver.received) == 1


def test_an_address_that_does_not_answer_hangs_and_was_sent_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenroom.adapters.webhook.CONNECT_SECONDS", SECONDS / 4)
    with silent("127.0.0.9", receiver.port):
        error = send(f"http://hooks.example:{receiver.port}/", lambda *_: ["127.0.0.9"])
    assert isinstance(error, DeliveryFailed)
    assert str(error) == "hooks.example did not answer (ConnectTimeoutError)"
    assert (error.is_unclear, error.hung) == (False, True)


@contextmanager
def silent(address: str, port: int) -> Iterator[None]:
    """Have an address answer no connection: one that waits to be accepted fills its queue."""
    with socket.create_server((address, port), backlog=0), socket.create_connection((address, port)):
        yield


def test_no_address_is_looked_up_again_after_the_check(receiver: Receiver) -> None:
    """The name does not exist: whoever looked it up would fail."""
    webhooks = Webhooks(signatures(NEW), TRUSTING, NO_GATEWAYS, loopback)
    webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"http://hooks.example:{receiver.port}/"})
    assert len(receiver.received) == 1


@pytest.mark.parametrize(("first", "drops"), [*DRIPS.values(), (BODY, b" ")], ids=[*DRIPS, "a body"])
def test_a_service_that_drips_costs_the_time_of_one_exchange(first: bytes, drops: bytes) -> None:
    with dripping(first, drops) as peer:
        ensure_the_service_is_cut_off(HttpsService(peer.url, connect_seconds=0.2, read_seconds=0.2))


def ensure_the_service_is_cut_off(service: HttpsService) -> None:
    with in_time(), pytest.raises(EndpointUnreachable, match="did not answer"):
        service.call("GET", "/")


def test_so_does_one_that_drips_on_a_connection_that_was_used_before() -> None:
    answers = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b""])
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                for answer in answers:
                    line.recv(65_536)
                    line.sendall(answer)
                while line.recv(65_536):
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        service = HttpsService(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_seconds=0.2, read_seconds=0.2)
        assert service.call("GET", "/").body == {}
        ensure_the_service_is_cut_off(service)
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("raised", [ValueError("no"), TimeoutError("a read"), ReadTimeoutError(endpoint_url="x")])
def test_what_a_call_raises_is_raised_and_not_taken_for_its_end(raised: Exception) -> None:
    def call() -> None:
        raise raised

    with pytest.raises(type(raised)) as caught:
        Exchange().run(5, call)
    assert caught.value is raised


def test_a_call_that_ends_in_time_is_answered() -> None:
    assert Exchange().run(5, lambda: "done") == "done"


def test_no_copy_of_a_descriptor_is_left_after_an_exchange(receiver: Receiver) -> None:
    service = HttpsService(receiver.url)
    service.call("GET", "/")
    before = lowest_free_descriptor()
    for _ in range(20):
        service.call("GET", "/")
    assert lowest_free_descriptor() < before + 10


def lowest_free_descriptor() -> int:
    gc.collect()
    os.close(free := os.dup(0))
    return free


def test_the_end_of_its_time_has_a_name_of_its_own() -> None:
    with pytest.raises(OutOfTime, match=r"cut off after 0\.05 s"):
        Exchange().run(0.05, lambda: time.sleep(0.5))

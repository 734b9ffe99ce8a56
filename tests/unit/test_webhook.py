"""Webhooks, sent to a real HTTP server on this machine."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore.credentials import Credentials
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from greenroom.adapters.callback_hosts import CallbackHosts
from greenroom.adapters.webhook import Webhooks, retry_after
from greenroom.domain import RequestState
from greenroom.errors import DeliveryFailed, DeliveryRefused
from greenroom.message import compose
from tests.unit.examples import URL, a_connection, a_record
from tests.unit.fakes import NOW
from tests.unit.receiver import Receiver

NEW, OLD = (base64.b64encode(name.encode() * 8).decode() for name in ("new", "old"))
MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_connection(), NOW)
TRUSTING = CallbackHosts(trusted=frozenset({"127.0.0.1", "hooks.example"}))
Send = Callable[..., None]


def no_credentials() -> Credentials:
    raise AssertionError("credentials are for API Gateway only")


def send(url: str, secrets: Sequence[str] = (NEW,)) -> None:
    webhooks = Webhooks(lambda: secrets, TRUSTING, no_credentials, lambda _host, _port: ["127.0.0.1"])
    webhooks.deliver(MESSAGE, {"type": "webhook", "url": url})


def test_posts_the_message_as_json(receiver: Receiver) -> None:
    send(f"{receiver.url}/hooks?tenant=a")
    (got,) = receiver.received
    assert got.path == "/hooks?tenant=a"
    assert json.loads(got.body) == MESSAGE.as_dict()
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert "Authorization" not in got.headers


def test_the_signature_verifies_with_the_library_of_the_receiver(receiver: Receiver) -> None:
    send(receiver.url)
    (got,) = receiver.received
    assert Webhook(NEW).verify(got.body, dict(got.headers)) == MESSAGE.as_dict()
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(got.body, dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body + " ", dict(got.headers))


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_while_the_secret_rotates_either_one_verifies(secret: str, receiver: Receiver) -> None:
    send(receiver.url, (NEW, OLD))
    (got,) = receiver.received
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    assert Webhook(secret).verify(got.body, dict(got.headers))


def test_the_id_is_the_same_at_each_attempt(receiver: Receiver) -> None:
    for _ in range(2):
        send(receiver.url)
    assert {got.headers["webhook-id"] for got in receiver.received} == {MESSAGE.id}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_delivery(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status)
    send(receiver.url)


def test_a_target_that_is_gone_is_refused_for_good(receiver: Receiver) -> None:
    receiver.will_answer(410)
    with pytest.raises(DeliveryRefused, match="410"):
        send(receiver.url)


@pytest.mark.parametrize("status", [304, 400, 401, 404, 429, 500, 503])
def test_any_other_answer_is_tried_again(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status)
    with pytest.raises(DeliveryFailed, match=str(status)) as caught:
        send(receiver.url)
    assert caught.value.retry_after is None
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status, Location=f"{receiver.url}/elsewhere")
    with pytest.raises(DeliveryFailed, match=str(status)):
        send(receiver.url)
    assert [got.path for got in receiver.received] == ["/"]


@pytest.mark.parametrize("status", [429, 503])
def test_seconds_to_wait_are_passed_on(status: int, receiver: Receiver) -> None:
    receiver.will_answer(status, Retry_After="17")
    with pytest.raises(DeliveryFailed) as caught:
        send(receiver.url)
    assert caught.value.retry_after == 17


def test_a_date_to_wait_for_is_passed_on_as_seconds(receiver: Receiver) -> None:
    receiver.will_answer(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    with pytest.raises(DeliveryFailed) as caught:
        send(receiver.url)
    assert caught.value.retry_after == pytest.approx(60, abs=3)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        (" 120 ", 120),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u00b2", None),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 14:01:00 +0200", 60),
        ("Tue, 24 Nov 2026 11:59:00 GMT", 0),
        ("Tue, 99 Nov 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_the_rfc_has_it(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_a_closed_port_is_tried_again() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1 did not answer"):
            send(f"http://127.0.0.1:{bound.getsockname()[1]}/")


@pytest.mark.parametrize("error_page", [b"<html>no</html>", json.dumps(MESSAGE.as_dict()).encode()])
def test_errors_quote_neither_the_message_nor_the_answer_nor_the_target(error_page: bytes, receiver: Receiver) -> None:
    receiver.will_answer(500, error_page)
    with pytest.raises(DeliveryFailed) as caught:
        send(f"{receiver.url}/?token=callers-secret")
    assert str(caught.value) == "127.0.0.1 answered 500"
    assert URL not in repr(caught.value)


@pytest.mark.parametrize("path", ["/a%20b", "/a b", "/\u00fc", "//x", "/x?q=\u00fc"])
def test_any_path_reaches_the_target(path: str, receiver: Receiver) -> None:
    send(receiver.url + path)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("host", ["b\u00fccher.example", "\u4f8b\u3048.example"])
def test_a_host_beyond_ascii_is_delivered_to_or_refused(host: str, receiver: Receiver) -> None:
    hosts = CallbackHosts(trusted=frozenset({host}))
    webhooks = Webhooks(lambda: [NEW], hosts, no_credentials, lambda _host, _port: ["127.0.0.1"])
    try:
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"http://{host}:{receiver.port}/"})
    except DeliveryRefused:
        assert receiver.received == []
    else:
        assert receiver.received[0].headers["host"] == f"{host.encode('idna').decode()}:{receiver.port}"

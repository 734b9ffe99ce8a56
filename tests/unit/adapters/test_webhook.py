"""Webhooks, sent to a real HTTP server on this machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ReadTimeoutError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from greenroom.adapters.webhook import Webhooks
from greenroom.delivery.message import compose
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.domain.values import RequestState
from greenroom.request.callback_hosts import CallbackHosts
from tests.support.examples import a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.receiver import Receiver

NEW, OLD = (base64.b64encode(name.encode() * 8).decode() for name in ("new", "old"))
MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_stream_url(), NOW)
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


def test_a_secret_that_cannot_be_read_is_a_failure_after_which_nothing_was_sent(receiver: Receiver) -> None:
    def unreadable() -> Sequence[str]:
        raise ReadTimeoutError(endpoint_url="https://secretsmanager.example")

    webhooks = Webhooks(unreadable, TRUSTING, no_credentials, lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(DeliveryFailed, match="The secret that signs webhooks did not answer") as caught:
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": receiver.url})
    assert not caught.value.is_unclear
    assert receiver.received == []


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


@pytest.mark.parametrize("path", ["/a%20b", "/a b", "/\u00fc", "//x", "/x?q=\u00fc"])
def test_any_path_reaches_the_target(path: str, receiver: Receiver) -> None:
    send(receiver.url + path)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("host", ["b\u00fccher.example", "\u4f8b\u3048.example"])
def test_a_host_beyond_ascii_is_refused(host: str, receiver: Receiver) -> None:
    hosts = CallbackHosts(trusted=frozenset({host}))
    webhooks = Webhooks(lambda: [NEW], hosts, no_credentials, lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(DeliveryRefused, match="ASCII"):
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"http://{host}:{receiver.port}/"})
    assert receiver.received == []

"""Webhooks, sent to a real HTTP server on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from greenroom.adapters.webhook import Webhooks, resolve
from greenroom.adapters.webhook_signatures import Signatures, SigningKey
from greenroom.delivery.message import Message, compose
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused, SecretUnusable
from greenroom.domain.signing import host_secret, key_of
from greenroom.domain.values import RequestState
from greenroom.request.callback_hosts import CallbackHosts
from tests.support.examples import a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.receiver import Receiver
from tests.support.webhooks import NEW_KEY, NO_GATEWAYS, OLD_KEY, is_signed_by, signatures

NEW, OLD = (base64.b64encode(name.encode() * 8).decode() for name in ("new", "old"))
OTHER_KEY = SigningKey.of("o" * 43)
MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_stream_url(), NOW)
TRUSTING = CallbackHosts(trusted=frozenset({"127.0.0.1", "hooks.example"}))


def send(url: str, *secrets: str, message: Message = MESSAGE, seconds: float | None = None, **how: Any) -> None:
    webhooks = Webhooks(signatures(*(secrets or (NEW,)), **how), TRUSTING, NO_GATEWAYS, resolver, seconds)
    webhooks.deliver(message, {"type": "webhook", "url": url})


def resolver(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_posts_the_message_as_json(receiver: Receiver) -> None:
    send(f"{receiver.url}/hooks?tenant=a")
    (got,) = receiver.received
    assert got.path == "/hooks?tenant=a"
    assert json.loads(got.body) == MESSAGE.as_dict()
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["user-agent"] == "Greenroom"
    assert "Authorization" not in got.headers


def test_the_signature_verifies_with_the_library_of_the_receiver(receiver: Receiver) -> None:
    send(receiver.url)
    (got,) = receiver.received
    assert Webhook(NEW).verify(got.body, dict(got.headers)) == MESSAGE.as_dict()
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(got.body, dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body + " ", dict(got.headers))


def test_a_host_that_takes_no_connection_has_failed_at_once_and_does_not_hang() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DeliveryFailed, match=r"^127.0.0.1 did not answer \(NewConnectionError\)$") as caught:
        send(f"http://127.0.0.1:{port}/")
    assert (caught.value.hung, caught.value.is_unclear) == (False, False)


def test_each_address_of_a_host_is_found_once_and_of_what_is_no_host_none() -> None:
    assert resolve("127.0.0.1", 443) == ["127.0.0.1"]
    assert resolve("nothing-such.invalid", 443) == resolve(f"{'x' * 64}.example", 443) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ReadTimeoutError(endpoint_url="https://secretsmanager.example"),
            "The secrets that sign webhooks did not answer",
        ),
        (SecretUnusable("The secret under WebhookSecretArn has no value"), "under WebhookSecretArn has no value"),
    ],
    ids=str,
)
def test_a_secret_that_cannot_be_used_is_a_failure_after_which_nothing_was_sent(
    error: Exception, said: str, receiver: Receiver
) -> None:
    def unusable() -> Signatures:
        raise error

    webhooks = Webhooks(unusable, TRUSTING, NO_GATEWAYS, resolver)
    with pytest.raises(DeliveryFailed, match=said) as caught:
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": receiver.url})
    assert not caught.value.is_unclear
    assert receiver.received == []


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_while_the_secret_rotates_either_one_verifies(secret: str, receiver: Receiver) -> None:
    send(receiver.url, NEW, OLD)
    (got,) = receiver.received
    assert Webhook(secret).verify(got.body, dict(got.headers))


def test_the_id_is_the_same_at_each_attempt(receiver: Receiver) -> None:
    for _ in range(2):
        send(receiver.url)
    assert {got.headers["webhook-id"] for got in receiver.received} == {MESSAGE.id_at(f"{receiver.url}/")}


def test_anybody_with_a_public_key_can_tell_that_greenroom_sent_it(receiver: Receiver) -> None:
    send(receiver.url, keys=(NEW_KEY, OLD_KEY))
    (got,) = receiver.received
    for key in (NEW_KEY, OLD_KEY):
        assert is_signed_by(key.public_key, got.headers, got.body)
        assert not is_signed_by(key.public_key, got.headers, f"{got.body} ")
    assert not is_signed_by(OTHER_KEY.public_key, got.headers, got.body)


def test_a_receiver_with_the_secret_of_its_host_can_tell_too_and_can_sign_for_no_other(receiver: Receiver) -> None:
    send(receiver.url, NEW, OLD, shared=False)
    (got,) = receiver.received
    place = f"127.0.0.1:{receiver.port}"
    for secret in (NEW, OLD):
        assert Webhook(host_secret(key_of(secret), place)).verify(got.body, dict(got.headers)) == MESSAGE.as_dict()
        for other in ("127.0.0.1", f"127.0.0.2:{receiver.port}", "hooks.example"):
            with pytest.raises(WebhookVerificationError):
                Webhook(host_secret(key_of(secret), other)).verify(got.body, dict(got.headers))


def test_once_no_receiver_holds_the_secret_of_all_nothing_is_signed_with_it(receiver: Receiver) -> None:
    send(receiver.url, shared=False)
    (got,) = receiver.received
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body, dict(got.headers))


def test_the_signature_of_old_comes_first(receiver: Receiver) -> None:
    """For a receiver that looks at no other."""
    send(receiver.url)
    (got,) = receiver.received
    first, *others = got.headers["webhook-signature"].split(" ")
    assert Webhook(NEW).verify(got.body, {**got.headers, "webhook-signature": first})
    assert [each.split(",")[0] for each in others] == ["v1", "v1a"]


def test_a_receiver_computes_the_id_from_its_own_url_and_the_message(receiver: Receiver) -> None:
    send(f"{receiver.url.replace('http', 'HTTP')}/a b/../hooks?q=\u00fc#part")
    (got,) = receiver.received
    url = receiver.url + got.path
    assert url == f"{receiver.url}/hooks?q=%C3%BC"
    named = f"{json.loads(got.body)['data']['id']}.{json.loads(got.body)['type']}.{url}"
    assert got.headers["webhook-id"] == "msg_" + hashlib.sha256(named.encode()).hexdigest()[:32]


def test_what_one_receiver_got_has_no_id_of_another(receiver: Receiver) -> None:
    for path in ("/a", "/b"):
        send(receiver.url + path)
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 2


def test_a_delivery_that_the_release_before_queued_keeps_its_id(receiver: Receiver) -> None:
    for path in ("/a", "/b"):
        send(receiver.url + path, message=replace(MESSAGE, bound=False))
    former = "msg_" + hashlib.sha256(f"{MESSAGE.data['id']}.stream.ready".encode()).hexdigest()[:32]
    assert {got.headers["webhook-id"] for got in receiver.received} == {former}


@pytest.mark.parametrize("path", ["/a%20b", "/a b", "/\u00fc", "//x", "/x?q=\u00fc"])
def test_any_path_reaches_the_target(path: str, receiver: Receiver) -> None:
    send(receiver.url + path)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("host", ["b\u00fccher.example", "\u4f8b\u3048.example"])
def test_a_host_beyond_ascii_is_refused(host: str, receiver: Receiver) -> None:
    hosts = CallbackHosts(trusted=frozenset({host}))
    webhooks = Webhooks(signatures(NEW), hosts, NO_GATEWAYS, resolver)
    with pytest.raises(DeliveryRefused, match="ASCII"):
        webhooks.deliver(MESSAGE, {"type": "webhook", "url": f"http://{host}:{receiver.port}/"})
    assert receiver.received == []

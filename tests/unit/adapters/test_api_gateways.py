"""Webhooks to API Gateway: signed for the APIs of the setting only, and what is signed is what is sent."""

from __future__ import annotations

import pytest
from botocore.credentials import Credentials

from greenroom.adapters.webhook import ApiGateways, Webhooks
from greenroom.request.callback_hosts import CallbackHosts
from tests.support.receiver import Received, Receiver
from tests.support.webhooks import signatures, sigv4_of
from tests.unit.adapters.test_webhook import MESSAGE, NEW

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret key", "a session token")
PATHS = (
    "",
    "/prod/hook",
    "/prod/a b",
    "/prod/a%20b",
    "/prod/\u00fc",
    "/prod/%c3%bc",
    "/prod/%ff",
    "/prod/a//b/",
    "/prod/./x",
    "/prod/../x",
    "/prod/%2e%2E/x/.",
    "/prod/a+b",
    "/prod/a%2Fb",
    "/prod/100%",
    "/prod/@x:y;z",
    "/prod/(x)!*'[]",
    "/prod/x?b=2&a=1",
    "/prod/x?a=1&a=0&A=2",
    "/prod/x?q=a b",
    "/prod/x?q=a+b",
    "/prod/x?q=a%2Bb",
    "/prod/x?q=\u00fc",
    "/prod/x?flag",
    "/prod/x?flag&&b",
    "/prod/x?r=/:@?",
    "/prod/x?t=a=b",
    "/prod/x?at=2026-11-24T12:00:00Z",
    "/prod/x?",
    "/prod/x#part",
)


def send(url: str, *patterns: str) -> None:
    hosts = CallbackHosts(trusted=frozenset({HOST, "hooks.example"}))
    gateways = ApiGateways(patterns, lambda: CREDENTIALS)
    webhooks = Webhooks(signatures(NEW), hosts, gateways, lambda _host, _port: ["127.0.0.1"])
    webhooks.deliver(MESSAGE, {"type": "webhook", "url": url})


def one(receiver: Receiver) -> Received:
    (got,) = receiver.received
    return got


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_aws_computes_the_signature_that_was_sent_from_what_it_received(path: str, receiver: Receiver) -> None:
    send(f"http://{HOST}:{receiver.port}{path}", "eu-west-1/abc123")
    got = one(receiver)
    assert sigv4_of(got, "a secret key") == {got.headers["Authorization"].rpartition("Signature=")[2]}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/prod/a b?q=a+b", "/prod/a%20b?q=a%20b"),
        ("/prod/a%2fb?q=a%2Bb", "/prod/a%2Fb?q=a%2Bb"),
        ("/prod/x?", "/prod/x"),
        ("/prod//a/../\u00fc?flag&t=a=b&", "/prod/%C3%BC?flag=&t=a%3Db"),
    ],
    ids=ascii,
)
def test_what_is_sent_says_the_same_in_one_way(path: str, sent: str, receiver: Receiver) -> None:
    send(f"http://{HOST}:{receiver.port}{path}", "eu-west-1/abc123")
    assert one(receiver).path == sent


@pytest.mark.parametrize("pattern", ["eu-west-1/abc123", "*/abc123", "eu-*/*", "*/*", "eu-west-?/abc12?"])
def test_an_api_that_fits_a_pattern_is_signed_for_in_its_region(pattern: str, receiver: Receiver) -> None:
    send(f"http://{HOST}:{receiver.port}/prod/hook", "us-west-2/def456", pattern)
    assert "/eu-west-1/execute-api/aws4_request, " in one(receiver).headers["Authorization"]
    assert one(receiver).headers["X-Amz-Security-Token"] == "a session token"


@pytest.mark.parametrize(
    "patterns", [(), ("eu-west-1/abc",), ("eu-west-2/abc123",), ("us-*/*",), ("eu-west-1/ABC123",)]
)
def test_any_other_api_is_called_like_any_webhook(patterns: tuple[str, ...], receiver: Receiver) -> None:
    send(f"http://{HOST}:{receiver.port}/prod/hook", *patterns)
    assert not {"authorization", "x-amz-date", "x-amz-security-token"} & {
        name.lower() for name in one(receiver).headers
    }


@pytest.mark.parametrize(
    "host",
    [
        "hooks.example",
        "abc123.execute-api.eu-west-1.amazonaws.com.evil.example",
        "evil.example.execute-api.eu-west-1.amazonaws.com",
        "abc123.execute-api.eu-west-1.amazonaws.example",
        "abc123_execute-api.eu-west-1.amazonaws.com",
    ],
)
def test_a_host_that_only_looks_like_an_api_is_none(host: str) -> None:
    assert ApiGateways(("*/*",), lambda: CREDENTIALS).find(host) is None


def test_an_api_in_china_is_one() -> None:
    host = "abc123.execute-api.cn-north-1.amazonaws.com.cn"
    found = ApiGateways(("cn-north-1/abc123",), lambda: CREDENTIALS).find(host)
    assert found
    assert found.region == "cn-north-1"

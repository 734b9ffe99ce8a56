"""Webhooks as a way into the network: addresses that are not public, names that point at them, redirects, headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually
from tests.security.people import Person
from tests.support.receiver import Answer, Receiver, receive

REDIRECTS = (301, 302, 303, 307, 308)


def _webhook(url: str) -> dict[str, str]:
    return {"type": "webhook", "url": url}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


def _rule_broken_by(person: Person, url: str) -> str:
    body = {"provider": "nimble", "studioId": "studio", "sessionId": "session", "notify": [_webhook(url)]}
    status, _, problem = person.call("POST", "streams", body)
    assert status == 400, (url, problem)
    assert problem["errors"][0]["field"] == "notify[0].url"
    return str(problem["errors"][0]["detail"])


@pytest.mark.parametrize(
    "host",
    [
        "127.1.2.3",
        "0.0.0.0",  # noqa: S104  # an address to refuse
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:0:0:0:0:80ff:fefe]",
    ],
)
def test_a_webhook_goes_to_no_address_that_is_not_public(alice: Person, host: str) -> None:
    """Have a webhook go to the machine itself, its network, or the cloud's metadata, by its address.

    Stopped at the door: every address must be public, and an IPv4 one inside IPv6 counts as itself.
    """
    assert "public" in _rule_broken_by(alice, f"https://{host}/latest/meta-data")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/_x",
        "javascript:alert(1)",
        "data:text/plain,x",
        "//hooks.example/",
        "hooks.example",
        "https:hooks.example",
        "https://",
        "https:///path",
        "https://:443/",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://hooks.example:port/",
        "https://user:password@hooks.example/",
        "https://hooks.example@169.254.169.254/",
        "https://[::1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://127\u30020\u30020\u30021/",
        "https://hooks.ex\u0430mple/",
        "https://" + "a" * 2048,
    ],
    ids=lambda url: url[:40],
)
def test_a_webhook_s_url_is_https_with_a_host_and_nothing_else(alice: Person, url: str) -> None:
    """Name another scheme, credentials, no host, a port that is none, or a host in letters that look like others.

    Stopped at the door: an https URL with a host in ASCII and no credentials.
    """
    assert _rule_broken_by(alice, url)


def test_a_name_that_leads_inside_is_refused_at_each_attempt(deployed: Deployed, alice: Person) -> None:
    """Name a host that looks public and leads inside when it is looked up: localhost, and addresses in other spellings.

    Stopped at each attempt: a name is looked up, all of its addresses are checked, and those very ones are called.
    """
    hosts = ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"]
    targets = [_webhook(f"https://{host}/") for host in hosts]
    request_id = alice.ask_for_ready(notify=[*targets, {"type": "sns"}])

    def letters() -> list[dict[str, Any]] | None:
        found = deployed.dead_letters.find(lambda letter: letter.get("id") == request_id)
        return found if len(found) == len(hosts) else None

    refused = eventually(letters, "dead letters")
    assert sorted(letter["target"]["url"] for letter in refused) == sorted(target["url"] for target in targets)
    assert all(letter["reason"].endswith("resolves to an address that is not public") for letter in refused)


def test_a_redirect_leads_nowhere(alice: Person) -> None:
    """Answer a webhook with a redirect to another address, with each status that there is for it.

    Stopped by following none: it counts as a failed attempt.
    """
    with receive() as inside, ExitStack() as stack:
        receivers = [stack.enter_context(receive()) for _ in REDIRECTS]
        for receiver, status in zip(receivers, REDIRECTS, strict=True):
            receiver.answers = [Answer(status, headers={"Location": f"{inside.url}/inside"}), Answer(200)]
        alice.ask_for_ready(notify=[*(_webhook(f"{each.url}/hook") for each in receivers), {"type": "sns"}])
        eventually(lambda: all(len(each.received) == 2 for each in receivers) or None, "second attempts")
        assert inside.received == []
    assert {got.path for each in receivers for got in each.received} == {"/hook"}


def test_an_answer_to_a_webhook_is_not_read(deployed: Deployed, alice: Person, receiver: Receiver) -> None:
    """Answer a webhook with what one would like to be in a record, a log or a message.

    Stopped by reading no body.
    """
    marker = "canary-of-the-receiver"
    receiver.answers = [Answer(503, f"<b>{marker}</b>".encode() * 1000, {"X-Reason": marker}), Answer(200)]
    request_id = alice.ask_for_ready(notify=[_webhook(receiver.url), {"type": "sns"}])
    eventually(lambda: receiver.received if len(receiver.received) == 2 else None, "second attempt")
    assert marker not in json.dumps(deployed.records.get_item(Key={"id": request_id})["Item"], default=str)
    assert marker not in json.dumps(alice.sees(request_id))


def test_a_url_puts_no_header_into_a_webhook(alice: Person, receiver: Receiver) -> None:
    """Write a line break and a header into a webhook's URL, or a second request.

    Stopped by the URL, in which they stay escaped or are refused.
    """
    injected = "%0d%0aX-Injected:%201%0d%0a%0d%0aGET%20/second"
    alice.ask_for_ready(notify=[_webhook(f"{receiver.url}/hook?x={injected}"), {"type": "sns"}])
    received = eventually(lambda: receiver.received[0] if receiver.received else None, "webhook")
    assert received.path.lower() == f"/hook?x={injected}".lower()
    assert "X-Injected" not in received.headers
    assert len(receiver.received) == 1


def test_a_webhook_carries_nothing_of_aws_to_a_host_that_looks_like_its_own(alice: Person, receiver: Receiver) -> None:
    """Have Greenroom sign a call with its own keys for a host that is none of API Gateway's.

    Stopped by the whole name of the host: only `{api}.execute-api.{region}.amazonaws.com` is signed for.
    """
    path = "x.execute-api.us-west-2.amazonaws.com/prod"
    alice.ask_for_ready(notify=[_webhook(f"{receiver.url}/{path}"), {"type": "sns"}])
    received = eventually(lambda: receiver.received[0] if receiver.received else None, "webhook")
    assert not {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} & set(received.headers)

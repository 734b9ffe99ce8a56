"""What a service says is data: words, states and URLs of a service that was taken over, or that is only careless."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from tests.e2e.deployed import Deployed
from tests.e2e.logs import log_groups, log_lines
from tests.security.people import Person

# What a service says; `{canary}` is the secret in it.
SECRETS = [
    "see https://streams.example/open?token={canary} for more",
    "_https://streams.example/{canary}",
    "HTTPS:\\\\streams.example\\{canary}",
    "https:streams.example/{canary}",
    "wss://streams.example/{canary}",
    "dcv://user:{canary}@streams.example",
    "https%3A%2F%2Fstreams.example%2F{canary}",
    "at&#x3a;&#x2f;&#x2f;x https&#58;&#47;&#47;x/{canary}",
    "/open?token={canary}&x=1",
    "token={canary}",
    '{"token": "{canary}"}',
    "Authorization: Bearer {canary}",
    "password={canary}",
]
LONG = ["a." * 16_000, "https://" * 4_000, "=token" * 5_000, "\u202e" * 30_000, "%25" * 10_000]
URLS = [
    "javascript:alert(document.domain)//https://x",
    "data:text/html,<script>alert(1)</script>",
    "http://streams.example/open?token={canary}",
    "file:///etc/passwd?{canary}",
    "https://user:{canary}@streams.example/",
    "https:///open?token={canary}",
    "https://streams.example/{canary}\r\nSet-Cookie: a=b",
    "https://streams.example/\u202e{canary}",
    "dcv://streams.example/{canary}",
    "https://streams.example/{canary}?" + "x" * 10_000,
]


def _fail_with(alice: Person, *said: str) -> list[dict[str, Any]]:
    """The messages of requests whose sessions fail, each of which says one of these things of it. All run at once."""
    ids = []
    for words in said:
        session_id = f"session-{uuid.uuid4().hex[:12]}"
        alice.deployed.set_session(session_id, sessionState="START_FAILED", sessionStatusMessage=words)
        ids.append(alice.ask(sessionId=session_id))
    messages = [alice.deployed.message(request_id) for request_id in ids]
    assert {message["type"] for message in messages} == {"stream.failed"}
    return messages


def _everywhere(deployed: Deployed, alice: Person, *ids: str) -> str:
    """All that is written and told of requests."""
    told = [
        [
            deployed.message(request_id),
            deployed.event(request_id),
            alice.sees(request_id),
            deployed.records.get_item(Key={"id": request_id}, ConsistentRead=True)["Item"],
            deployed.history(request_id),
        ]
        for request_id in ids
    ]
    lines = [line for group in log_groups(deployed) for line in log_lines(deployed, group)]
    return json.dumps([told, lines], default=str)


def test_a_secret_that_a_service_says_goes_no_further(deployed: Deployed, alice: Person) -> None:
    """Have a service say a URL or a credential in its words, in spellings that a pattern for URLs misses.

    Stopped by the gate, where URLs and credentials are taken out before anything else sees the words.
    """
    canary = f"Canary7{uuid.uuid4().hex}"
    messages = _fail_with(alice, *(said.replace("{canary}", canary) for said in SECRETS))
    written = _everywhere(deployed, alice, *(message["data"]["id"] for message in messages))
    assert canary not in written


def test_a_service_s_words_are_one_line_of_characters_that_are_seen(alice: Person) -> None:
    """Have a service say escape sequences, line breaks, bidirectional controls, invisible characters.

    Stopped by the gate: one line, without controls and formats.
    """
    hidden = "\x1b\x07\x9b\u202e\u2066\u200b\u2028\r\n\x00\u00ad\ufeff"
    (message,) = _fail_with(alice, f"before \x1b]0;owned\x07\x1b[2J {hidden} after")
    told = message["data"]["message"]
    assert "before" in told
    assert "after" in told
    assert told.isprintable()
    assert not set(hidden) & set(alice.sees(message["data"]["id"])["message"])


def test_long_words_cost_no_time(alice: Person) -> None:
    """Have a service say thirty thousand characters of which a pattern takes seconds.

    Stopped by the gate, which cuts first and has patterns of linear time only.
    """
    began = time.monotonic()
    messages = _fail_with(alice, *LONG)
    assert time.monotonic() - began < 20
    assert max(len(message["data"]["message"]) for message in messages) < 2_000


def test_a_url_that_is_no_https_url_is_never_handed_over(deployed: Deployed, alice: Person) -> None:
    """Have a service give a URL that runs a script, leads to a file, is not encrypted, or breaks a line.

    Stopped by the gate: https, or a scheme that the plug declares; anything else fails the request with a final error.
    """
    canary, ids = f"Canary7{uuid.uuid4().hex}", []
    for url in URLS:
        session_id = f"session-{uuid.uuid4().hex[:12]}"
        deployed.set_session(session_id, readyAfterSeconds=0, url=url.replace("{canary}", canary))
        ids.append(alice.ask(sessionId=session_id))
    for request_id in ids:
        message = deployed.message(request_id)
        assert (message["type"], message["data"]["error"]) == ("stream.failed", "UrlNotAllowed")
        assert "url" not in message["data"]
    assert canary not in _everywhere(deployed, alice, *ids)


def test_a_state_s_name_is_data_too(deployed: Deployed, alice: Person) -> None:
    """Have a service name a state and a code that are a URL with a token, or a page.

    Stopped by the gate, which every word of an answer goes through.
    """
    canary = f"Canary7{uuid.uuid4().hex}"
    session_id = f"session-{uuid.uuid4().hex[:12]}"
    code = f"https://x.example/?token={canary}"
    deployed.set_session(session_id, readyAfterSeconds=0, finalState="CREATE_FAILED", statusCode=code)
    request_id = alice.ask(sessionId=session_id)
    assert deployed.message(request_id)["type"] == "stream.failed"
    assert canary not in _everywhere(deployed, alice, request_id)


def test_a_broker_s_words_pass_the_same_gate(deployed: Deployed, alice: Person) -> None:
    """Have the broker of DCV refuse a session with a URL in its reason.

    Stopped by the gate, which stands between each plug and the rest.
    """
    canary, owner = f"Canary7{uuid.uuid4().hex}", f"ada-{uuid.uuid4().hex[:8]}"
    deployed.set_session(owner, "dcv", failureReason=f"_https://broker.example/?authToken={canary}")
    # By the account's root, whom every rule lets ask for everybody.
    _, _, made = deployed.post({"provider": "dcv", "owner": owner})
    message = deployed.message(made["id"])
    assert message["type"] == "stream.failed"
    record = deployed.records.get_item(Key={"id": made["id"]}, ConsistentRead=True)["Item"]
    written = json.dumps([message, deployed.event(made["id"]), record, deployed.history(made["id"])], default=str)
    assert canary not in written
    assert alice.call("GET", f"streams/{made['id']}")[0] == 404

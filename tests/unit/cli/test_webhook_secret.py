"""`greenroom webhook-secret`, against a receiver that plays Secrets Manager."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from greenroom.domain.signing import host_secret, key_of
from tests.support.receiver import Answer, Receiver
from tests.unit.adapters.test_executions import refusal
from tests.unit.adapters.test_secrets import NONE, secret
from tests.unit.cli.conftest import Done, Terminal

Run = Callable[..., Done]
NEW, OLD = "n" * 32, "o" * 32


@pytest.fixture
def run(receiver: Receiver, terminal: Terminal) -> Run:
    def run(*arguments: str) -> Done:
        here = {"AWS_ENDPOINT_URL": receiver.url, "WebhookSecretArn": "arn:secret"}
        return terminal.run("webhook-secret", *arguments, **here)

    return run


def test_the_secret_of_a_host_is_shown_with_the_former_one(run: Run, receiver: Receiver) -> None:
    receiver.answers = [secret(NEW), secret(OLD)]

    done = run("hooks.example", "--json")

    place = "hooks.example"
    assert (done.code, done.json) == (
        0,
        {"host": place, "secret": host_secret(key_of(NEW), place), "former": host_secret(key_of(OLD), place)},
    )
    assert [json.loads(got.body)["SecretId"] for got in receiver.received] == ["arn:secret"] * 2


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("HOOKS.example", "hooks.example"),
        ("https://hooks.example/greenroom?a=b", "hooks.example"),
        ("hooks.example:443", "hooks.example"),
        ("hooks.example:8443", "hooks.example:8443"),
        ("https://hooks.example:8443/", "hooks.example:8443"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
    ],
)
def test_a_receiver_is_named_by_its_host_or_a_url(run: Run, receiver: Receiver, named: str, place: str) -> None:
    receiver.answers = [secret(NEW), NONE]

    done = run(named, "--json")

    assert done.json == {"host": place, "secret": host_secret(key_of(NEW), place)}


def test_a_former_secret_that_never_was_one_is_left_out(run: Run, receiver: Receiver) -> None:
    receiver.answers = [secret(NEW), secret("short")]

    done = run("hooks.example", "--json")

    assert done.json == {"host": "hooks.example", "secret": host_secret(key_of(NEW), "hooks.example")}


def test_a_secret_is_not_shown_to_a_pipe(run: Run, receiver: Receiver) -> None:
    receiver.answers = [secret(NEW), NONE]

    done = run("hooks.example")

    assert done.code == 0
    assert "whsec_" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "named", ["", "https://", "ftp://hooks.example", "a@hooks.example", "hooks.example:x", "b\u00fc.example"]
)
def test_what_is_no_host_is_wrong_usage(run: Run, receiver: Receiver, named: str) -> None:
    done = run(named, "--json")

    assert (done.code, done.json["error"]) == (2, "WrongUsage")
    assert receiver.received == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (secret("short"), "The secret under WebhookSecretArn is no base64 of at least 24 bytes"),
        (refusal("AccessDeniedException"), "AccessDeniedException"),
        (NONE, "ResourceNotFoundException"),
    ],
)
def test_a_secret_that_cannot_be_used_is_told(run: Run, receiver: Receiver, answer: Answer, said: str) -> None:
    receiver.answers = [answer]

    done = run("hooks.example")

    assert done.code == 1
    assert said in done.stderr

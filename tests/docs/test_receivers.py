"""The receivers of the documents, started as their reader would, with messages that Greenroom itself signed."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3

from greenroom.adapters.webhook_signatures import Signatures, SigningKey
from greenroom.delivery.message import Message, compose
from greenroom.domain.signing import key_of
from greenroom.domain.values import RequestState
from local.processes import free_port, start, stop
from tests.docs.snippets import titled
from tests.support.examples import URL, a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.webhooks import NEW_KEY, OLD_KEY

PAGE = "docs/how-to/webhook-receiver.md"
COMMANDS = {"receiver.py": [sys.executable], "receiver.mjs": [str(Path(sys.executable).parent / "node")]}
URL_OF_RECEIVER, OF_ANOTHER = "https://hooks.studio.example/greenroom", "https://other.example/greenroom"
# As a host that is not the receiver's may have it.
SECRET = key_of("c" * 32)
OTHER_KEY = SigningKey.of("o" * 43)
MESSAGE = compose(a_record(state=RequestState.READY, settled_at=NOW), a_stream_url(), NOW).as_dict()
PATIENT = urllib3.Retry(total=100, backoff_factor=0.05, backoff_max=0.2)


@dataclass(frozen=True)
class Program:
    url: str
    output: Path

    def post(self, headers: Mapping[str, str], body: str) -> int:
        return urllib3.request("POST", self.url, body=body, headers=headers, timeout=5, retries=False).status

    def acts(self, of: str) -> list[str]:
        """The lines that it printed of a request: one for each message that it acted on."""
        printed = self.output.read_text()
        assert URL not in printed
        return [line for line in printed.splitlines() if line.startswith("stream.") and of in line]


@pytest.fixture(scope="module", params=COMMANDS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder, port = tmp_path_factory.mktemp("receiver"), free_port()
    (folder / request.param).write_text(titled(PAGE, request.param))
    keys = f"{OLD_KEY.public_key} {NEW_KEY.public_key}"
    environment = os.environ | {"WEBHOOK_KEYS": keys, "WEBHOOK_URL": URL_OF_RECEIVER, "PORT": str(port)}
    program = Program(f"http://127.0.0.1:{port}/", folder / "output")
    command = [*COMMANDS[request.param], str(folder / request.param)]
    process = start(command, log=program.output, environment=environment)
    try:
        # It is there as soon as it refuses a message that nobody signed.
        assert urllib3.request("POST", program.url, body="{}", retries=PATIENT).status == 401
        yield program
    finally:
        stop(process.pid, request.param)


@pytest.fixture
def body() -> str:
    """A message of a request that no other test has."""
    return json.dumps(MESSAGE | {"data": MESSAGE["data"] | {"id": uuid.uuid4().hex}})


def id_of(body: str) -> str:
    return str(json.loads(body)["data"]["id"])


def signed(
    body: str, *keys: SigningKey, age: timedelta = timedelta(), url: str = URL_OF_RECEIVER, bound: bool = True
) -> dict[str, str]:
    given = json.loads(body)
    message_id = Message(given["type"], given["timestamp"], given["data"], bound=bound).id_at(url)
    return Signatures([SECRET], keys or (NEW_KEY,)).headers(message_id, body, "a.example", datetime.now(UTC) - age)


def test_a_genuine_message_is_acted_on(program: Program, body: str) -> None:
    assert program.post(signed(body), body) == 204
    assert program.acts(id_of(body)) == [f"stream.ready {id_of(body)}"]


def test_a_message_that_comes_again_is_acted_on_once(program: Program, body: str) -> None:
    assert [program.post(signed(body, age=timedelta(seconds=age)), body) for age in (2, 0)] == [204, 204]
    assert len(program.acts(id_of(body))) == 1


@pytest.mark.parametrize("keys", [(NEW_KEY, OLD_KEY), (OTHER_KEY, NEW_KEY), (OLD_KEY,)], ids=["both", "next", "former"])
def test_while_the_key_rotates_one_of_two_signatures_is_enough(
    program: Program, body: str, keys: tuple[SigningKey, ...]
) -> None:
    assert program.post(signed(body, *keys), body) == 204
    assert len(program.acts(id_of(body))) == 1


def test_a_message_signed_with_another_key_is_refused(program: Program, body: str) -> None:
    assert program.post(signed(body, OTHER_KEY), body) == 401
    assert program.acts(id_of(body)) == []


def test_a_message_that_only_a_secret_signs_is_refused(program: Program, body: str) -> None:
    """As one receiver that holds the secret of all could sign it for another."""
    genuine = signed(body)
    by_secrets = [each for each in genuine["webhook-signature"].split() if each.startswith("v1,")]
    renamed = [each.replace("v1,", "v1a,") for each in by_secrets]
    assert program.post(genuine | {"webhook-signature": " ".join([*by_secrets, *renamed])}, body) == 401
    assert program.acts(id_of(body)) == []


def test_a_message_that_another_receiver_got_is_refused(program: Program, body: str) -> None:
    assert program.post(signed(body, url=OF_ANOTHER), body) == 401
    assert program.acts(id_of(body)) == []


def test_a_message_that_is_bound_to_no_receiver_is_refused(program: Program, body: str) -> None:
    assert program.post(signed(body, bound=False), body) == 401
    assert program.acts(id_of(body)) == []


def test_a_message_that_was_changed_on_its_way_is_refused(program: Program, body: str) -> None:
    assert program.post(signed(body), body.replace(URL, "https://elsewhere.example")) == 401
    assert program.acts(id_of(body)) == []


def test_a_message_under_another_id_is_refused(program: Program, body: str) -> None:
    assert program.post(signed(body) | {"webhook-id": "another"}, body) == 401
    assert program.acts(id_of(body)) == []


@pytest.mark.parametrize("minutes", [6, -6], ids=["later", "earlier"])
def test_a_message_that_is_replayed_at_another_time_is_refused(program: Program, body: str, minutes: int) -> None:
    assert program.post(signed(body, age=timedelta(minutes=minutes)), body) == 401
    assert program.acts(id_of(body)) == []


@pytest.mark.parametrize(
    "signature", ["", "v1a", "v1a,", "v1a,a,b", "v1a,%%%", "v2,AAAA", "v1,AAAA", "\xfc"], ids=ascii
)
def test_a_signature_that_is_none_is_refused(program: Program, body: str, signature: str) -> None:
    assert program.post(signed(body) | {"webhook-signature": signature}, body) == 401
    assert program.acts(id_of(body)) == []


def test_a_body_that_is_too_large_is_refused(program: Program, body: str) -> None:
    large = json.dumps(json.loads(body) | {"more": "x" * 70_000})
    assert program.post(signed(large), large) == 413
    assert program.acts(id_of(body)) == []

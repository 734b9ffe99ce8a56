"""A delivery that could not be made goes back to be delivered with one command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually
from tests.support.receiver import Receiver, receive


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as receiver:
        yield receiver


PATHS = ("/given-up", "/refused")


@pytest.fixture
def ended(deployed: Deployed, receiver: Receiver) -> str:
    """A request whose stream is ready, and whose two webhooks refused it; the dead-letter queue is empty."""
    receiver.will_answer(410)
    notify = [{"type": "webhook", "url": f"{receiver.url}{path}"} for path in PATHS]
    request_id = deployed.ask(expirationInSeconds=600, notify=notify)
    _letters(deployed, 2, id=request_id)
    receiver.received.clear()
    receiver.will_answer(204)
    return request_id


def _letters(deployed: Deployed, number: int, **members: Any) -> list[dict[str, Any]]:
    """Wait for so many dead letters that have these members."""
    return eventually(
        lambda: found if len(found := deployed.dead_letters.find(lambda m: m == m | members)) >= number else None,
        f"{number} dead letters",
    )


def _redrive(deployed: Deployed, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [Path(sys.executable).with_name("greenroom"), "redrive", *arguments],
        env=os.environ | deployed.stack.environment | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _bury(deployed: Deployed, *letters: dict[str, Any]) -> None:
    for letter in letters:
        deployed.sqs.send_message(QueueUrl=deployed.outputs["DeadLetterQueueUrl"], MessageBody=json.dumps(letter))


def test_deliveries_are_made_again(deployed: Deployed, receiver: Receiver, ended: str) -> None:
    given_up = {"id": ended, "target": {"type": "webhook", "url": f"{receiver.url}/given-up"}}
    refused = {"reason": "410 Gone", "id": ended, "target": {"type": "webhook", "url": f"{receiver.url}/refused"}}
    _bury(deployed, given_up, refused)

    done = _redrive(deployed)

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "moved back for delivery: 2\n")
    received = eventually(lambda: receiver.received if len(receiver.received) == 2 else None, "two webhooks")
    assert {item.path for item in received} == {"/given-up", "/refused"}
    messages = [json.loads(item.body) for item in received]
    assert {(message["type"], message["data"]["id"]) for message in messages} == {("stream.ready", ended)}


def test_a_planted_letter_goes_nowhere_but_back_with_its_reason(
    deployed: Deployed, receiver: Receiver, ended: str
) -> None:
    """Whoever may write to a queue chooses no target: the record does."""
    target = {"type": "webhook", "url": f"{receiver.url}/planted"}
    _bury(deployed, {"id": ended, "target": target})

    assert _redrive(deployed).stdout == "moved back for delivery: 1\n"
    reason = f"Request {ended} names no such target, so nobody asked for this delivery"
    assert _letters(deployed, 1, target=target) == [{"reason": reason, "id": ended, "target": target}]
    deployed.sqs.send_message(
        QueueUrl=deployed.outputs["DeliveryQueueUrl"], MessageBody=json.dumps({"id": ended, "target": target})
    )
    assert _letters(deployed, 2, target=target, reason=reason)
    assert receiver.received == []


def test_a_dry_run_tells_and_moves_nothing(deployed: Deployed, receiver: Receiver, ended: str) -> None:
    delivery = {"id": ended, "target": {"type": "webhook", "url": f"{receiver.url}/given-up"}}
    _bury(deployed, delivery)

    first, second = _redrive(deployed, "--dry-run"), _redrive(deployed, "--dry-run")

    assert (first.returncode, first.stdout) == (0, "to be moved back for delivery: 1\n")
    assert second.stdout == first.stdout
    assert deployed.dead_letters.find(lambda m: m == delivery) == [delivery]
    assert receiver.received == []


def test_a_delivery_that_fails_again_is_back_and_does_not_keep_the_command_busy(
    deployed: Deployed, receiver: Receiver, ended: str
) -> None:
    receiver.will_answer(410)
    target = {"type": "webhook", "url": f"{receiver.url}/refused"}
    _bury(deployed, {"id": ended, "target": target})

    done = _redrive(deployed)

    assert done.stdout == "moved back for delivery: 1\n"
    letters = _letters(deployed, 2, target=target)
    assert all("410" in letter["reason"] for letter in letters)


def test_a_stack_that_does_not_exist_is_named(deployed: Deployed) -> None:
    done = _redrive(deployed, "--stack", "Nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("greenroom: The stack Nowhere cannot be read: ")
    assert "Traceback" not in done.stderr


def test_an_endpoint_that_does_not_answer_is_named(deployed: Deployed) -> None:
    done = _redrive(deployed, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr

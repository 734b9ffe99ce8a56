"""A message in a queue is no authority: deliveries planted by somebody who may write to Greenroom's queues."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually
from tests.security.conftest import ReadyStream
from tests.security.people import Person
from tests.support.receiver import Receiver, receive


@pytest.fixture
def thief() -> Iterator[Receiver]:
    """A receiver of the attacker's."""
    with receive() as receiver:
        yield receiver


def _plant(deployed: Deployed, request_id: str, *targets: dict[str, Any], queue: str = "DeliveryQueueUrl") -> None:
    for target in targets:
        body = json.dumps({"id": request_id, "target": target})
        deployed.sqs.send_message(QueueUrl=deployed.outputs[queue], MessageBody=body)


def _reasons(deployed: Deployed, request_id: str, *targets: dict[str, Any]) -> set[str]:
    """Why each of the targets did not get its delivery, once all are dead letters."""

    def letters() -> list[dict[str, Any]] | None:
        found = deployed.dead_letters.find(lambda each: each.get("id") == request_id and each["target"] in targets)
        return found if len(found) == len(targets) else None

    return {str(letter["reason"]) for letter in eventually(letters, "dead letters")}


def test_a_planted_delivery_takes_a_url_nowhere(deployed: Deployed, ready: ReadyStream, thief: Receiver) -> None:
    """Plant a delivery of somebody else's ready request to a webhook of your own.

    Stopped by the record: `Deliver` takes only targets that the request names.
    """
    targets = [{"type": "webhook", "url": f"{thief.url}/{number}"} for number in range(2)]
    _plant(deployed, ready.id, *targets)
    assert all("names no such target" in reason for reason in _reasons(deployed, ready.id, *targets))
    assert thief.received == []


def test_a_planted_dead_letter_takes_a_url_nowhere(deployed: Deployed, ready: ReadyStream, thief: Receiver) -> None:
    """Plant a dead letter, and wait for the operator's next redrive.

    Stopped by the record: a delivery that is put back is held to it, too.
    """
    target = {"type": "webhook", "url": f"{thief.url}/redriven"}
    deployed.dead_letters.all()
    _plant(deployed, ready.id, target, queue="DeadLetterQueueUrl")
    done = subprocess.run(  # noqa: S603  # our own command
        [Path(sys.executable).with_name("greenroom"), "redrive"],
        env=os.environ | deployed.stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all("names no such target" in reason for reason in _reasons(deployed, ready.id, target))
    assert thief.received == []


def test_a_target_that_looks_like_the_request_s_own_is_another(
    deployed: Deployed, alice: Person, thief: Receiver
) -> None:
    """Plant a delivery to a target that is nearly the request's: another path, query or connection, more members.

    Stopped by comparing the target as a whole.
    """
    own = {"type": "webhook", "url": f"{thief.url}/own"}
    request_id = alice.ask_for_ready(notify=[own, {"type": "sns"}])
    eventually(lambda: thief.received or None, "webhook")
    near: list[dict[str, Any]] = [
        {"type": "webhook", "url": f"{thief.url}/own/"},
        {"type": "webhook", "url": f"{thief.url}/own?x"},
        {"type": "webhook", "url": f"{thief.url}/OWN"},
        {"type": "websocket", "connectionId": "abc="},
        {"type": "sns", "topicArn": "arn:aws:sns:us-west-2:111111111111:evil"},
    ]
    _plant(deployed, request_id, *near)
    _reasons(deployed, request_id, *near)
    assert [received.path for received in thief.received] == ["/own"]


def test_a_planted_delivery_of_a_request_that_waits_tells_nothing(deployed: Deployed, alice: Person) -> None:
    """Plant a delivery of a request that is still pending, to have an outcome told that there is not.

    Stopped by the record: what has not ended has no outcome.
    """
    request_id = alice.ask_for_pending(notify=[{"type": "sns"}])
    _plant(deployed, request_id, {"type": "sns"}, {"type": "bus"})
    assert all("has not ended" in reason for reason in _reasons(deployed, request_id, {"type": "sns"}, {"type": "bus"}))
    assert alice.call("DELETE", f"streams/{request_id}")[0] == 202
    assert deployed.message(request_id)["type"] == "stream.cancelled"


def test_a_planted_delivery_does_not_tell_twice(deployed: Deployed, alice: Person) -> None:
    """Plant a delivery to the request's own target, to have its message sent again and again.

    Stopped by the record, which notes each target that has its message.
    """
    request_id = alice.ask_for_ready(notify=[{"type": "sns"}])
    marker = str(uuid.uuid4())
    _plant(deployed, request_id, *[{"type": "sns"}] * 3)
    _plant(deployed, marker, {"type": "sns"})
    _reasons(deployed, marker, {"type": "sns"})
    assert len(deployed.topic.find(lambda message: message["data"]["id"] == request_id)) == 1


def test_a_url_in_claim_mode_is_not_told_by_a_planted_delivery(
    deployed: Deployed, alice: Person, thief: Receiver
) -> None:
    """Plant a delivery of a request whose URL its owner is to claim.

    Stopped by the record: it names no such target, and its message has no URL.
    """
    request_id = alice.ask_for_ready(claim=True)
    target = {"type": "webhook", "url": thief.url}
    _plant(deployed, request_id, target)
    _reasons(deployed, request_id, target)
    assert thief.received == []
    assert alice.call("POST", f"streams/{request_id}/claim")[0] == 200

"""Messages planted into Greenroom's queues, by somebody who has `sqs:SendMessage` and nothing else."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.e2e.deployed import Deployed, eventually
from tests.security.conftest import ReadyStream


def _plant(deployed: Deployed, *bodies: str) -> None:
    for body in bodies:
        deployed.sqs.send_message(QueueUrl=deployed.outputs["DeliveryQueueUrl"], MessageBody=body)


def _letters(deployed: Deployed, count: int, word: str) -> list[dict[str, Any]]:
    """The dead letters that have a word in them, once there are so many."""

    def found() -> list[dict[str, Any]] | None:
        letters = deployed.dead_letters.find(lambda letter: word in json.dumps(letter))
        return letters if len(letters) == count else None

    return eventually(found, f"{count} dead letters")


def test_what_is_no_delivery_is_kept_and_harms_nothing(deployed: Deployed) -> None:
    """Plant messages that are no deliveries: nested lists, targets of other kinds, addresses that are objects.

    Stopped by reading them as deliveries, or keeping them among the dead letters.
    """
    word = uuid.uuid4().hex
    junk = [
        f"{word}" + "[" * 50_000,
        json.dumps([word]),
        json.dumps({"id": word}),
        json.dumps({"id": [word], "target": {"type": "sns"}}),
        json.dumps({"id": word, "target": {"type": "lambda", "arn": "arn:aws:lambda:us-west-2:0:function:x"}}),
        json.dumps({"id": word, "target": {"type": ["sns"]}}),
        json.dumps({"id": word, "target": {"type": "webhook", "url": {"href": "https://evil.example"}}}),
    ]
    _plant(deployed, *junk)
    letters = _letters(deployed, len(junk), word)
    assert all(letter["reason"].startswith("The message is no delivery") for letter in letters)


def test_a_delivery_of_no_request_tells_nobody(deployed: Deployed) -> None:
    """Plant deliveries for ids that do not exist, to have a message sent to an address of your own.

    Stopped by the record, from which the message is composed: there is none.
    """
    request_id = str(uuid.uuid4())
    targets = [{"type": "webhook", "url": "https://evil.example/"}, {"type": "sns"}, {"type": "bus"}]
    _plant(deployed, *(json.dumps({"id": request_id, "target": target}) for target in targets))
    letters = _letters(deployed, len(targets), request_id)
    assert all("There is no record" in letter["reason"] for letter in letters)
    assert not deployed.topic.find(lambda message: message["data"]["id"] == request_id)


def test_a_message_in_the_queue_says_nothing_itself(deployed: Deployed, ready: ReadyStream) -> None:
    """Plant a delivery that brings its own message, URL and outcome with it.

    Stopped by what a delivery is: an id and a target; the message is composed of the record.
    """
    word = uuid.uuid4().hex
    forged = {"type": "stream.failed", "data": {"id": ready.id, "url": f"https://evil.example/{word}"}}
    body = {"id": ready.id, "target": {"type": "sns"}, "message": forged, "data": forged["data"], "url": word}
    _plant(deployed, json.dumps(body), json.dumps({"id": word, "target": {"type": "sns"}}))
    _letters(deployed, 1, word)
    assert not deployed.topic.find(lambda message: word in json.dumps(message))

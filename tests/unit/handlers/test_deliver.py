"""Deliver: all deliveries of a batch at once, each with its own end; what is no delivery is logged and kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from greenroom.delivery.message import Delivery, Message
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.domain.values import RequestState
from greenroom.handlers import deliver
from greenroom.observability import logger
from simulation.process import LambdaContext
from tests.support.examples import URL, a_record
from tests.support.fakes import NOW
from tests.support.outbox import HOOK, SNS, ReadyRequest
from tests.unit.handlers.conftest import Log


def a_message(message_id: str, body: object, receives: int = 1) -> dict[str, Any]:
    """Make a message as the event source mapping hands it to the function."""
    return {
        "messageId": message_id,
        "receiptHandle": "receipt",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": str(int(NOW.timestamp() * 1000)),
        },
    }


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> ReadyRequest:
    made = ReadyRequest()
    monkeypatch.setattr(deliver, "attempts", made.attempts())
    return made


def failed(*messages: dict[str, Any]) -> list[str]:
    """Handle a batch; returns the messages that come again."""
    answer = deliver.handler({"Records": list(messages)}, LambdaContext("Deliver"))
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_each_delivery_of_a_batch_has_its_own_end(outbox: ReadyRequest, log: Log) -> None:
    outbox.channels["webhook"].error = DeliveryFailed("busy")
    outbox.channels["websocket"].error = KeyError("a defect")
    bad = Delivery("r", {"type": "websocket", "connectionId": "c"})
    gone = Delivery("other", {"type": "sns"})
    batch = [a_message(str(n), each.as_dict()) for n, each in enumerate((SNS, HOOK, bad, gone))]
    assert failed(*batch) == ["1", "2"]
    assert outbox.taken("sns") == ["stream.ready"]
    assert {(line["request_id"], line["message"]) for line in log()} == {
        ("r", "DeliveryFailed"),
        ("r", "Delivery raised an error"),
        ("other", "DeliveryRefused"),
    }
    assert URL not in str(log())


def test_a_delivery_waits_for_no_other_of_its_batch(outbox: ReadyRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten meet: each gets on only when all of them are under way."""
    meeting = threading.Barrier(10, timeout=10)

    class Meeting:
        def deliver(self, message: Message, target: Mapping[str, Any]) -> None:  # noqa: ARG002  # it takes any
            meeting.wait()

    monkeypatch.setitem(outbox.channels, "webhook", Meeting())
    hooks = [Delivery("r", {"type": "webhook", "url": f"https://hooks.example/{n}"}) for n in range(10)]
    outbox.records.records["r"] = replace(outbox.records.records["r"], notify=tuple(hook.target for hook in hooks))
    assert failed(*(a_message(str(n), hook.as_dict()) for n, hook in enumerate(hooks))) == []


def test_lines_about_one_delivery_name_its_request_and_no_other(outbox: ReadyRequest, log: Log) -> None:
    ids = [f"request-{number}" for number in range(10)]
    for number in ids:
        outbox.records.records[number] = a_record(id=number, state=RequestState.READY)
    outbox.channels["sns"].error = DeliveryFailed("busy")
    failed(*(a_message(number, {"id": number, "target": {"type": "sns"}}, 7) for number in ids))
    assert sorted(line["request_id"] for line in log()) == sorted(ids)
    assert {line["receives"] for line in log()} == {7}
    logger.info("afterwards")
    assert "receives" not in log()[-1]


@pytest.mark.parametrize(
    "body",
    ["", "no JSON", "[" * 100_000, "null", '{"id": "r"}', '{"id": "r", "target": {"type": "pigeon"}}'],
    ids=["empty", "no JSON", "too deep", "null", "no target", "unknown type"],
)
def test_what_is_no_delivery_is_logged_and_kept_and_does_not_come_again(
    body: str, outbox: ReadyRequest, log: Log
) -> None:
    assert failed(a_message("junk", body), a_message("good", SNS.as_dict())) == []
    (letter,) = outbox.letters.kept
    assert letter["reason"].startswith("The message is no delivery")
    assert body.startswith(letter["message"])
    (line,) = log()
    assert (line["level"], line["request_id"], line["reason"]) == ("WARNING", "junk", letter["reason"])
    assert outbox.taken("sns") == ["stream.ready"]


def test_what_is_no_delivery_and_could_not_be_kept_comes_again(
    outbox: ReadyRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoLetters:
        def put(self, letter: Mapping[str, Any]) -> None:  # noqa: ARG002  # it takes none
            raise OSError("SQS did not answer")

    outbox.letters = NoLetters()  # type: ignore[assignment]  # another fake of the same port
    monkeypatch.setattr(deliver, "attempts", outbox.attempts())
    assert failed(a_message("junk", "no JSON"), a_message("good", SNS.as_dict())) == ["junk"]


def test_a_refused_delivery_does_not_come_again(outbox: ReadyRequest) -> None:
    outbox.channels["webhook"].error = DeliveryRefused("410 Gone")
    assert failed(a_message("gone", HOOK.as_dict())) == []
    assert len(outbox.letters.kept) == 1

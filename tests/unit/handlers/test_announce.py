"""Announce: an outcome is told, counted once, and learned from; progress is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from greenroom.delivery.message import Delivery
from greenroom.delivery.outbox import Outbox
from greenroom.domain.errors import SchedulesUnavailable
from greenroom.domain.values import Failure, Renewal, RequestState, Wait, Waiting
from greenroom.flow.learning import Observation
from greenroom.flow.schedules import Pool
from greenroom.handlers import announce
from greenroom.record.items import failure_to_item, to_item, wait_to_item
from greenroom.record.model import Record
from tests.support.examples import a_body, a_link, a_record, a_stream_url
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemorySchedules, InMemoryStreamUrls
from tests.support.recorders import RecordingChannel, RecordingFrames, RecordingQueue
from tests.unit.handlers.conftest import Counted

SOCKET = {"type": "websocket", "connectionId": "c"}
BODY = a_body(notify=[SOCKET])
PENDING = a_record(BODY)
WAITS = {Waiting.STREAM: Wait(NOW, 12, 18)}


class NoSchedules(InMemorySchedules):
    def observe(self, pool: Pool, seen: Mapping[Waiting, Observation]) -> None:  # noqa: ARG002  # it keeps none
        raise SchedulesUnavailable("DynamoDB did not answer")


class Desk:
    """The function with fakes in the places of its adapters."""

    def __init__(self, patch: pytest.MonkeyPatch, schedules: InMemorySchedules | None = None) -> None:
        self.schedules, self.frames, self.queue = schedules or InMemorySchedules(), RecordingFrames(), RecordingQueue()
        self.channels = {kind: RecordingChannel() for kind in ("bus", "sns", "websocket")}
        self.records = InMemoryRecords()
        self.patch = patch

    def tell(self, before: Record, after: Record) -> None:
        self.records.records["r"] = after
        urls = InMemoryStreamUrls(r=a_stream_url())
        outbox = Outbox(self.channels, urls, self.queue, self.records, self.frames, FakeClock(), a_link)
        self.patch.setattr(announce, "outbox", outbox)
        self.patch.setattr(announce, "schedules", self.schedules)
        announce.announce(item(before), item(after))


def item(record: Record) -> dict[str, Any]:
    """Write a record as the table holds it."""
    times = {"settledAt": record.settled_at, "dueAt": record.due_at, "expiresAt": record.expires_at}
    later = {
        "state": record.state.value,
        "stream": record.stream,
        "waits": {name.value: wait_to_item(wait) for name, wait in record.waits.items()},
        **{name: moment.isoformat() for name, moment in times.items() if moment},
        **({"failure": failure_to_item(record.failure)} if record.failure else {}),
        **({"renewal": record.renewal.value} if record.renewal else {}),
    }
    return to_item(record) | later


def ended(state: RequestState = RequestState.READY, **fields: Any) -> Record:
    return a_record(BODY, state=state, settled_at=NOW, due_at=NOW, waits=WAITS, **fields)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_an_outcome_is_told_counted_and_learned_from(state: RequestState, desk: Desk, counted: Counted) -> None:
    failure = None if state is RequestState.READY else Failure("SomeError", "A sentence")
    desk.tell(replace(PENDING, waits=WAITS), ended(state, failure=failure))
    assert {kind: len(channel.taken) for kind, channel in desk.channels.items()} == {"bus": 1, "sns": 0, "websocket": 1}
    assert desk.records.records["r"].due_at is None
    assert counted() == ["Outcomes"]
    learned = desk.schedules.learned[Pool("nimble", "studio")]
    assert learned.seen == {Waiting.STREAM: [Observation(12, 18)]}


@pytest.mark.parametrize("renewal", [Renewal.DONE, Renewal.FAILED])
def test_the_end_of_a_renewal_is_told_and_is_no_new_end(renewal: Renewal, desk: Desk, counted: Counted) -> None:
    desk.tell(ended(renewal=Renewal.ASKED), ended(renewal=renewal))
    assert len(desk.channels["bus"].taken) == 1
    assert (counted(), desk.schedules.learned) == ([], {})


def test_a_request_that_goes_on_is_shown_to_those_who_watch(desk: Desk, counted: Counted) -> None:
    desk.tell(PENDING, replace(PENDING, stream={"state": "CREATE_IN_PROGRESS"}, waits=WAITS))
    assert [connection for connection, _ in desk.frames.sent] == ["c"]
    assert [channel.taken for channel in desk.channels.values()] == [[], [], []]
    assert (desk.queue.queued, counted(), desk.schedules.learned) == ([], [], {})


def test_an_outcome_that_nobody_can_learn_from_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    desk = Desk(monkeypatch, NoSchedules())
    desk.tell(PENDING, ended())
    assert len(desk.channels["bus"].taken) == 1
    assert counted() == ["Outcomes", "SchedulesUnavailable"]


def test_a_webhook_is_left_to_the_queue(desk: Desk) -> None:
    hook = {"type": "webhook", "url": "https://hooks.example"}
    desk.tell(a_record(a_body(notify=[hook])), replace(ended(), notify=(hook,)))
    assert desk.queue.queued == [Delivery("r", hook)]

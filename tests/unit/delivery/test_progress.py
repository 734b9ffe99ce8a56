"""Progress: the service's new words are sent to the clients that watch."""

from __future__ import annotations

import pytest

from greenroom.delivery.outbox import Outbox
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.record.model import Record
from tests.support.examples import URL, a_body, a_link, a_record
from tests.support.fakes import FakeClock, InMemoryRecords, InMemoryStreamUrls
from tests.support.recorders import RecordingFrames, RecordingQueue

WATCHED = a_body(notify=[{"type": "websocket", "connectionId": "a"}, {"type": "websocket", "connectionId": "b"}])


def saying(state: str | None, code: str = "A_CODE") -> Record:
    return a_record(WATCHED, stream={"state": state, "statusCode": code} if state else {})


def show_progress(before: Record, after: Record, frames: RecordingFrames) -> None:
    outbox = Outbox({}, InMemoryStreamUrls(), RecordingQueue(), InMemoryRecords(), frames, FakeClock(), a_link)
    assert not outbox.pass_on(before, after)


@pytest.mark.parametrize("before", [None, "CREATE_PENDING"])
def test_every_connection_that_watches_sees_a_new_state(before: str | None) -> None:
    frames = RecordingFrames()
    show_progress(saying(before), saying("CREATE_IN_PROGRESS"), frames)
    assert [connection for connection, _ in frames.sent] == ["a", "b"]
    assert frames.sent[0][1]["data"] == {"id": "r", "state": "CREATE_IN_PROGRESS", "statusCode": "A_CODE"}


def test_nobody_sees_the_same_state_twice() -> None:
    frames = RecordingFrames()
    show_progress(saying("CREATE_IN_PROGRESS"), saying("CREATE_IN_PROGRESS"), frames)
    assert frames.sent == []


def test_other_targets_see_no_progress() -> None:
    frames = RecordingFrames()
    show_progress(a_record(), a_record(stream={"state": "CREATE_IN_PROGRESS"}), frames)
    assert frames.sent == []


@pytest.mark.parametrize("error", [DeliveryRefused("gone"), DeliveryFailed("busy")], ids=repr)
def test_one_connection_that_does_not_listen_keeps_nothing_from_the_others(error: Exception) -> None:
    frames = RecordingFrames(errors={"a": error})
    show_progress(saying(None), saying("CREATE_IN_PROGRESS"), frames)
    assert [connection for connection, _ in frames.sent] == ["b"]


def test_progress_shows_no_url() -> None:
    frames = RecordingFrames()
    ready = a_record(WATCHED, stream={"state": "READY", "statusCode": "STREAM_READY", "url": URL})
    show_progress(saying(None), ready, frames)
    assert frames.sent
    assert URL not in str(frames.sent)

"""How long a message took from its outcome to its target."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom.delivery.channels import timed
from greenroom.delivery.message import compose
from greenroom.domain.errors import DeliveryFailed
from greenroom.domain.values import Failure, Renewal, RequestState
from tests.support.examples import a_record, a_stream_url
from tests.support.fakes import NOW, FakeClock
from tests.support.recorders import RecordingChannel, RecordingMetrics

TARGET = {"type": "sns"}
READY = a_record(state=RequestState.READY, settled_at=NOW)


class Desk:
    def __init__(self, **errors: Exception) -> None:
        self.metrics, self.clock = RecordingMetrics(), FakeClock(NOW + timedelta(seconds=1.25))
        self.channels = {kind: RecordingChannel(errors.get(kind)) for kind in ("sns", "webhook")}
        self.timed = timed(self.channels, self.clock, self.metrics)


def test_a_message_is_handed_on_and_its_time_is_told_by_the_kind_of_target() -> None:
    desk, message = Desk(), compose(READY, a_stream_url(), NOW)
    desk.timed["sns"].deliver(message, TARGET)
    assert desk.channels["sns"].taken == [(message, TARGET)]
    assert desk.metrics.of("HandOverTime") == [(1.25, {"channel": "sns"})]


def test_an_outcome_without_a_stream_takes_its_time_too() -> None:
    desk = Desk()
    failed = a_record(state=RequestState.FAILED, settled_at=NOW, failure=Failure("SomeError", "A sentence"))
    desk.timed["webhook"].deliver(compose(failed, None, NOW), TARGET)
    assert desk.metrics.of("HandOverTime") == [(1.25, {"channel": "webhook"})]


def test_what_is_not_taken_has_no_time_yet() -> None:
    desk = Desk(sns=DeliveryFailed("busy"))
    with pytest.raises(DeliveryFailed, match="busy"):
        desk.timed["sns"].deliver(compose(READY, a_stream_url(), NOW), TARGET)
    assert desk.metrics.names == []


def test_a_fresh_url_is_no_late_outcome() -> None:
    """The outcome was told long before; how long the renewal took is not its time."""
    desk = Desk()
    renewed = a_record(state=RequestState.READY, settled_at=NOW - timedelta(hours=1), renewal=Renewal.DONE)
    desk.timed["sns"].deliver(compose(renewed, a_stream_url(), NOW), TARGET)
    assert len(desk.channels["sns"].taken) == 1
    assert desk.metrics.names == []

"""The figures of a request that has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import RequestState, Wait, Waiting
from greenroom.flow.outcomes import tell_outcome
from greenroom.record.model import Record
from tests.support.examples import SCHEDULE, a_record
from tests.support.fakes import NOW
from tests.support.recorders import RecordingMetrics


def ended(state: RequestState = RequestState.READY, after: float = 20.5, **fields: Any) -> Record:
    return a_record(state=state, settled_at=NOW + timedelta(seconds=after), **fields)


def told(record: Record) -> RecordingMetrics:
    tell_outcome(record, metrics := RecordingMetrics())
    return metrics


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_every_outcome_is_counted_by_its_kind_and_its_provider(state: RequestState) -> None:
    assert told(ended(state)).of("Outcomes") == [(1, {"provider": "nimble", "outcome": state.value})]


@pytest.mark.parametrize("state", [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED])
def test_a_request_without_a_stream_has_taken_no_time_to_it(state: RequestState) -> None:
    assert told(ended(state, looks=5)).names == ["Outcomes"]


def test_of_a_stream_that_is_ready_the_wait_is_told() -> None:
    metrics = told(ended(looks=3))
    assert metrics.of("TimeToReady") == [(20.5, {"provider": "nimble"})]
    assert metrics.of("Looks") == [(3, {"provider": "nimble"})]


@pytest.mark.parametrize(("after", "error"), [(12, 0), (20.5, 8.5), (5, -7)])
def test_the_error_is_by_how_much_the_stream_was_later_than_the_median_that_was_told(
    after: float, error: float
) -> None:
    assert SCHEDULE.median == 12
    assert told(ended(after=after)).of("EstimateError") == [(error, {"provider": "nimble"})]


def test_what_was_told_at_the_start_knows_nothing_of_what_was_seen_later() -> None:
    """A session that had to be started first was not foreseen; the stream was later by its time."""
    waits = {Waiting.SESSION: Wait(NOW, 60, 90), Waiting.STREAM: Wait(NOW + timedelta(seconds=90), 5, 10)}
    assert told(ended(after=100, waits=waits)).of("EstimateError") == [(88, {"provider": "nimble"})]

"""The values that everything is made of."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from greenroom.domain.values import RequestState, StreamUrl, from_iso, to_iso, utc_now
from tests.support.examples import URL, a_stream_url
from tests.support.fakes import NOW


def test_a_stream_url_does_not_show_its_url() -> None:
    stream_url = a_stream_url()
    shown = f"{stream_url} {stream_url!r} {[stream_url]} {vars()['stream_url']}"
    assert stream_url.url == URL
    assert URL not in shown
    assert "bearer-secret" not in shown


@pytest.mark.parametrize(
    ("seconds", "left"), [(120, 120), (119.999, 119), (1, 1), (0.999, 0), (0, 0), (-1, 0), (-(10**9), 0)]
)
def test_whole_seconds_are_left_and_never_less_than_none(seconds: float, left: int) -> None:
    assert a_stream_url(seconds).seconds_left(NOW) == left


def test_a_stream_url_counts_in_any_time_zone() -> None:
    expires_at = datetime(2026, 11, 24, 14, 1, tzinfo=timezone(timedelta(hours=2)))
    assert StreamUrl(URL, expires_at).seconds_left(NOW) == 60


def test_only_pending_is_not_an_end() -> None:
    assert [state for state in RequestState if not state.is_terminal] == [RequestState.PENDING]
    assert {state.value for state in RequestState} == {"pending", "ready", "failed", "timed_out", "cancelled"}


def test_values_do_not_change() -> None:
    stream_url: Any = a_stream_url()
    with pytest.raises(FrozenInstanceError):
        stream_url.url = "https://other.example"


def test_times_are_written_in_utc_to_the_second() -> None:
    moment = datetime(2026, 11, 24, 1, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert to_iso(moment) == "2026-11-23T23:59:59Z"
    assert from_iso(to_iso(NOW)) == NOW


def test_now_is_a_time_in_utc() -> None:
    assert utc_now().tzinfo is UTC

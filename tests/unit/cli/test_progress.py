"""What is shown of a wait: words, time, and a bar that promises nothing it cannot keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from greenroom.domain.values import to_iso
from greenroom_cli.formatting import duration, stopwatch
from greenroom_cli.progress import USUAL_SHARE, Progress
from tests.support.fake_api import CREATED_AT, view
from tests.support.fakes import FakeClock

CREATED = datetime.fromisoformat(CREATED_AT)


def _estimated(ready: float, latest: float, state: str = "pending", **more: Any) -> dict[str, Any]:
    """A view whose estimate is so many seconds after the request was made."""
    at = {"readyAt": ready, "latestReadyAt": latest}
    estimate = {name: to_iso(CREATED + timedelta(seconds=seconds)) for name, seconds in at.items()}
    return view(state, estimate=estimate, **more)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(CREATED)


@pytest.fixture
def progress(clock: FakeClock) -> Progress:
    return Progress(clock)


def test_time_passes_between_two_answers(progress: Progress, clock: FakeClock) -> None:
    progress.see(_estimated(20, 40), {})

    clock.advance(5)
    assert (progress.now.seconds, progress.now.hint) == (5, "about 15 s left")
    clock.advance(14.5)
    assert progress.now.hint == "any moment now"


def test_the_bar_fills_towards_the_time_by_which_nine_in_ten_are_ready(progress: Progress, clock: FakeClock) -> None:
    progress.see(_estimated(20, 40), {})

    shares = []
    for _ in range(5):
        shares.append(progress.now.share)
        clock.advance(10)
    assert shares == pytest.approx([0, USUAL_SHARE / 4, USUAL_SHARE / 2, 3 * USUAL_SHARE / 4, USUAL_SHARE])


def test_past_the_usual_time_it_says_so_and_goes_no_further(progress: Progress, clock: FakeClock) -> None:
    progress.see(_estimated(20, 40), {})
    clock.advance(41)
    assert (progress.now.late, progress.now.hint) == (True, "longer than usual")

    # The API then tells its next look for both.
    progress.see(_estimated(70, 70), {})
    clock.advance(20)

    assert (progress.now.late, progress.now.share) == (True, USUAL_SHARE)


def test_it_is_late_before_the_next_answer_comes(progress: Progress, clock: FakeClock) -> None:
    progress.see(_estimated(20, 40), {})
    clock.advance(39)
    assert not progress.now.late
    clock.advance(1)
    assert progress.now.late


def test_an_estimate_that_moves_out_stops_the_bar_and_never_turns_it_back(progress: Progress, clock: FakeClock) -> None:
    progress.see(_estimated(5, 10), {})
    clock.advance(8)
    before = progress.now.share

    progress.see(_estimated(200, 400), {})
    clock.advance(1)

    assert (progress.now.share, progress.now.late) == (before, False)
    clock.advance(391)
    assert (progress.now.share, progress.now.late) == (USUAL_SHARE, True)


def test_without_an_estimate_the_bar_is_empty_and_nothing_is_promised(progress: Progress, clock: FakeClock) -> None:
    progress.see(view(), {})
    clock.advance(100)

    shown = progress.now

    assert (shown.share, shown.late, shown.hint) == (0, False, "")


def test_only_a_stream_that_is_ready_fills_the_bar(progress: Progress, clock: FakeClock) -> None:
    progress.see(_estimated(5, 10), {})
    clock.advance(9)
    progress.see(view("failed"), {})
    assert progress.now.share < 1
    progress.see(view("ready"), {})
    assert progress.now.share == 1


def test_a_clock_that_is_wrong_is_set_right_by_the_answers_date(progress: Progress, clock: FakeClock) -> None:
    clock.advance(3600)

    progress.see(_estimated(20, 40), {"Date": format_datetime(CREATED + timedelta(seconds=4), usegmt=True)})

    assert (progress.now.seconds, progress.now.late) == (4, False)


def test_the_services_last_word_is_told(progress: Progress) -> None:
    progress.see(view(stream={"state": "CREATE_IN_PROGRESS"}), {})
    assert progress.now.words == "waiting for nimble: create in progress"
    progress.see(view(stream={"state": "READY"}), {})
    assert progress.now.words == "fetching the URL from nimble"
    progress.see(view("timed_out"), {})
    assert progress.now.words == "timed out"


@pytest.mark.parametrize(
    ("seconds", "told", "watch"),
    [
        (0, "0 s", "0:00"),
        (59.4, "59 s", "0:59"),
        (60, "1 min", "1:00"),
        (125, "2 min 5 s", "2:05"),
        (4200, "1 h 10 min", "1:10:00"),
    ],
)
def test_times_are_told_no_finer_than_a_person_minds(seconds: float, told: str, watch: str) -> None:
    assert (duration(seconds), stopwatch(seconds)) == (told, watch)

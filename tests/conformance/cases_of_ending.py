"""How a request ends that gets no stream, and what is left of it."""

from __future__ import annotations

import re

from greenroom.domain.values import RequestState
from tests.conformance.cases import Case, adds_to, assert_silence_was_shown, assert_told
from tests.conformance.stage import Stage

CASES: dict[str, Case] = {}
case = adds_to(CASES)


@case("release")
def _release(stage: Stage) -> None:
    """A request that ended without a stream lets go what was started for it."""
    _end_with_something_to_release(stage)
    assert stage.subject.held() == 1
    stage.release()
    assert stage.subject.held() == 0


@case("release of what is gone")
def _release_of_what_is_gone(stage: Stage) -> None:
    """That it is gone already is no failure."""
    _end_with_something_to_release(stage)
    stage.subject.lose()
    assert stage.subject.held() == 0
    stage.release()


@case("ended while the create is in flight")
def _ended_while_the_create_is_in_flight(stage: Stage) -> None:
    """What comes to be after the request's end is let go too, and nothing more is made."""
    run = stage.play_with_a_cancel(releaseOnFailure=True)
    assert (run.record.state, run.execution.error) == (RequestState.CANCELLED, "RequestEnded")
    assert stage.subject.held() == 0
    assert len(stage.subject.proxy.let_through()) == 1
    stage.sweep()
    assert stage.subject.held() == 0


def _end_with_something_to_release(stage: Stage) -> None:
    run = stage.play(releaseOnFailure=True, deadlineSeconds=stage.subject.deadline_seconds)
    run.assert_ended_as(RequestState.FAILED if stage.scene.is_final else RequestState.TIMED_OUT)
    assert re.fullmatch(r"[0-9a-f]{64}", run.record.started or "")


@case("unknown state")
def _unknown_state(stage: Stage) -> None:
    """A state that nobody knows is waited for until the deadline, and never taken for ready."""
    run = stage.play(deadlineSeconds=stage.subject.deadline_seconds)
    run.assert_ended_as(RequestState.TIMED_OUT)
    assert_told(stage, run.reason)
    assert not run.execution.of("RecordReady")


@case("endpoint unreachable")
def _endpoint_unreachable(stage: Stage) -> None:
    """It is waited for until the deadline, in view, and the outcome names the endpoint."""
    run = stage.play(deadlineSeconds=stage.subject.deadline_seconds)
    run.assert_ended_as(RequestState.TIMED_OUT)
    assert_silence_was_shown(run)
    assert "does not answer since" in run.reason
    assert stage.subject.url in run.reason
    assert stage.subject.made() == 0


@case("credentials refused")
def _credentials_refused(stage: Stage) -> None:
    """A refusal is final at once, in words that say what to look at."""
    run = stage.play()
    run.assert_ended_as(RequestState.FAILED)
    assert [attempt.error for attempt in run.execution.attempts if attempt.error] == ["ServiceRefused"]
    assert_told(stage, run.reason)
    assert stage.subject.made() == 0

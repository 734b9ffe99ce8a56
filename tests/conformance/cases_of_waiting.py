"""How a stream is waited for and handed over."""

from __future__ import annotations

from datetime import datetime, timedelta

from greenroom.domain.values import RequestState
from tests.conformance.cases import ATTEMPTS, Case, adds_to, assert_silence_was_shown, assert_told
from tests.conformance.stage import Run, Stage

CASES: dict[str, Case] = {}
case = adds_to(CASES)

_WAITS = {"WaitForSession", "WaitForCapacity", "WaitForStream"}


@case("ready at once")
def _ready_at_once(stage: Stage) -> None:
    """A stream that is there at once is handed over without a pause."""
    run = stage.play()
    run.assert_ready()
    assert not _WAITS & set(run.execution.states)
    assert stage.subject.made() == 1


@case("ready later")
def _ready_later(stage: Stage) -> None:
    """A stream that takes its time is waited for."""
    run = stage.play()
    run.assert_ready()
    assert _WAITS & set(run.execution.states)
    assert stage.subject.made() == 1


@case("failed")
def _failed(stage: Stage) -> None:
    """A stream that the service cannot make ends the request, and the outcome has the service's words."""
    run = stage.play()
    run.assert_ended_as(RequestState.FAILED)
    assert_told(stage, run.reason)


@case("no room yet")
def _no_room_yet(stage: Stage) -> None:
    """Room is waited for, and the record shows why while it lasts."""
    run = stage.play()
    if stage.scene.is_final:
        run.assert_ended_as(RequestState.FAILED)
        assert_told(stage, run.reason)
        return
    run.assert_ready()
    assert_told(stage, " ".join(word for record in run.seen for word in record.stream.values()))
    assert stage.subject.made() == 1


@case("throttled at the create")
def _throttled_at_the_create(stage: Stage) -> None:
    """A service that is asked too fast is asked later, and makes one stream."""
    run = stage.play()
    _throttled(stage, run)
    assert run.made[0] == 0


@case("throttled at a look")
def _throttled_at_a_look(stage: Stage) -> None:
    """The same, while the stream is waited for."""
    _throttled(stage, stage.play())


def _throttled(stage: Stage, run: Run) -> None:
    run.assert_ready()
    assert len(run.execution.sent_away) > ATTEMPTS
    assert stage.subject.made() == 1


@case("answer of the create lost")
def _answer_of_the_create_lost(stage: Stage) -> None:
    """The repeat makes no second stream, session or server."""
    run = stage.play()
    run.assert_ready()
    assert_silence_was_shown(run)
    assert run.made[0] == 1
    assert stage.subject.made() == 1


@case("away while it is waited for")
def _away_while_it_is_waited_for(stage: Stage) -> None:
    """A service that is away for a minute is waited for, in view; nothing is made twice."""
    run = stage.play_with_an_outage()
    run.assert_ready()
    assert_silence_was_shown(run)
    assert stage.subject.made() == 1


@case("away during the create")
def _away_during_the_create(stage: Stage) -> None:
    """A service that makes a stream, and is away for a minute before it says so, has made one stream."""
    run = stage.play_with_an_outage()
    run.assert_ready()
    assert_silence_was_shown(run)
    assert stage.subject.made() == 1


@case("connect before ready")
def _connect_before_ready(stage: Stage) -> None:
    """A service that calls a stream ready and has no URL for it is asked again."""
    run = stage.play()
    run.assert_ready()
    ready_early = any(record.stream.get("state") == "READY" for record in run.seen)
    assert run.execution.errors("StreamNotReady") or ready_early
    assert stage.subject.made() == 1


@case("expiry")
def _expiry(stage: Stage) -> None:
    """The record, and the URL that DynamoDB deletes then, have the end that the service tells, as was asked for."""
    run = stage.play()
    run.assert_ready()
    assert run.url
    told = stage.subject.expiry(run.url["url"], run.execution)
    assert run.record.expires_at == datetime.fromisoformat(run.url["expiresAt"]) == told
    assert run.url["ttl"] == int(told.timestamp())
    connected = run.execution.of("GetStream")[-1]
    assert connected.begun < told <= connected.ended + timedelta(seconds=stage.scene.seconds)

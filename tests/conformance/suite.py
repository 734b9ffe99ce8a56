"""What the flow promises of every provider, as cases. Each runs the real state machine with the real functions.

`check(case, subject, deployment)` runs one of `CASES` for one service. A provider of one's own is a `Subject` of its
own, and runs the same cases. The first line of a case is its promise, as the table in docs/providers.md has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from greenroom.domain.values import RequestState
from tests.conformance.deployment import Deployment, deploy
from tests.conformance.stage import Run, Stage, staged
from tests.conformance.subject import Subject

Case = Callable[[Stage], None]

CASES: dict[str, Case] = {}

# The first one, and five retries.
_ATTEMPTS = 6
_WAITS = {"WaitForSession", "WaitForCapacity", "WaitForStream"}


@contextmanager
def served(subject: Subject, aws: str) -> Iterator[Deployment]:
    """Run a service, and a deployment that serves it; `aws` is the emulator's URL."""
    with subject.running():
        yield deploy(subject.provider, subject.variables, aws)


def check(case: str, subject: Subject, deployment: Deployment) -> None:
    """Run a case. AssertionError if its promise is broken, or a secret was shown on the way."""
    with staged(case, subject, deployment) as stage:
        CASES[case](stage)


def _case(name: str) -> Callable[[Case], Case]:
    def add(case: Case) -> Case:
        CASES[name] = case
        return case

    return add


@_case("ready at once")
def _ready_at_once(stage: Stage) -> None:
    """A stream that is there at once is handed over without a pause."""
    run = stage.play()
    run.assert_ready()
    assert not _WAITS & set(run.execution.states)
    assert stage.subject.made() == 1


@_case("ready later")
def _ready_later(stage: Stage) -> None:
    """A stream that takes its time is waited for."""
    run = stage.play()
    run.assert_ready()
    assert _WAITS & set(run.execution.states)
    assert stage.subject.made() == 1


@_case("failed")
def _failed(stage: Stage) -> None:
    """A stream that the service cannot make ends the request, and the outcome has the service's words."""
    run = stage.play()
    run.assert_ended_as(RequestState.FAILED)
    _assert_told(stage, run.reason)


def _assert_told(stage: Stage, text: str) -> None:
    assert [words for words in stage.scene.words if words not in text] == []


@_case("no room yet")
def _no_room_yet(stage: Stage) -> None:
    """Room is waited for, and the record shows why while it lasts."""
    run = stage.play()
    if stage.scene.is_final:
        run.assert_ended_as(RequestState.FAILED)
        _assert_told(stage, run.reason)
        return
    run.assert_ready()
    _assert_told(stage, " ".join(word for record in run.seen for word in record.stream.values()))
    assert stage.subject.made() == 1


@_case("throttled at the create")
def _throttled_at_the_create(stage: Stage) -> None:
    """A service that is asked too fast is asked later, and makes one stream."""
    run = stage.play()
    _throttled(stage, run)
    assert run.made[0] == 0


@_case("throttled at a look")
def _throttled_at_a_look(stage: Stage) -> None:
    """The same, while the stream is waited for."""
    _throttled(stage, stage.play())


def _throttled(stage: Stage, run: Run) -> None:
    run.assert_ready()
    assert len(run.execution.errors("ThrottlingException")) > _ATTEMPTS
    assert stage.subject.made() == 1


@_case("answer of the create lost")
def _answer_of_the_create_lost(stage: Stage) -> None:
    """The repeat makes no second stream, session or server."""
    run = stage.play()
    run.assert_ready()
    assert run.execution.errors("EndpointUnreachable")
    assert run.made[0] == 1
    assert stage.subject.made() == 1


@_case("connect before ready")
def _connect_before_ready(stage: Stage) -> None:
    """A service that calls a stream ready and has no URL for it is asked again."""
    run = stage.play()
    run.assert_ready()
    ready_early = any(record.stream.get("state") == "READY" for record in run.seen)
    assert run.execution.errors("StreamNotReady") or ready_early
    assert stage.subject.made() == 1


@_case("expiry")
def _expiry(stage: Stage) -> None:
    """The record, and the URL that DynamoDB deletes then, have the end that the service tells, as was asked for."""
    run = stage.play()
    run.assert_ready()
    assert run.url
    told = stage.subject.expiry(run.url["url"], run.execution)
    assert run.record.expires_at == datetime.fromisoformat(run.url["expiresAt"]) == told
    assert run.url["ttl"] == int(told.timestamp())
    connected = run.execution.of("ConnectStream")[-1]
    assert connected.begun < told <= connected.ended + timedelta(seconds=stage.scene.seconds)


@_case("release")
def _release(stage: Stage) -> None:
    """What was started for a request that ended without a stream is let go."""
    _end_with_something_to_release(stage)
    assert stage.subject.held() == 1
    stage.release()
    assert stage.subject.held() == 0


@_case("release of what is gone")
def _release_of_what_is_gone(stage: Stage) -> None:
    """That it is gone already is no failure."""
    _end_with_something_to_release(stage)
    stage.subject.lose()
    assert stage.subject.held() == 0
    stage.release()


def _end_with_something_to_release(stage: Stage) -> None:
    run = stage.play(releaseOnFailure=True, deadlineSeconds=stage.subject.deadline_seconds)
    run.assert_ended_as(RequestState.FAILED if stage.scene.is_final else RequestState.TIMED_OUT)
    assert re.fullmatch(r"[0-9a-f]{64}", run.record.started or "")


@_case("unknown state")
def _unknown_state(stage: Stage) -> None:
    """A state that nobody knows is waited for until the deadline, and never taken for ready."""
    run = stage.play(deadlineSeconds=stage.subject.deadline_seconds)
    run.assert_ended_as(RequestState.TIMED_OUT)
    _assert_told(stage, run.reason)
    assert not run.execution.of("ConnectStream")


@_case("endpoint unreachable")
def _endpoint_unreachable(stage: Stage) -> None:
    """Five retries, and then an outcome that names the endpoint."""
    run = stage.play()
    run.assert_ended_as(RequestState.FAILED)
    assert run.reason.startswith("EndpointUnreachable: ")
    assert stage.subject.url in run.reason
    assert len(run.execution.errors("EndpointUnreachable")) == _ATTEMPTS
    assert stage.subject.made() == 0


@_case("credentials refused")
def _credentials_refused(stage: Stage) -> None:
    """A refusal is final at once, in words that say what to look at."""
    run = stage.play()
    run.assert_ended_as(RequestState.FAILED)
    assert [attempt.error for attempt in run.execution.attempts if attempt.error] == ["ServiceRefused"]
    _assert_told(stage, run.reason)
    assert stage.subject.made() == 0

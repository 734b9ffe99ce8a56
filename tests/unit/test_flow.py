"""The tasks between accepting a request and its outcome, against a provider that says what the test wrote down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from greenroom import flow
from greenroom.domain import Progress, RequestState, SessionRef, Status
from greenroom.errors import DeadlineExceeded
from greenroom.payloads import Report, Success
from tests.unit.examples import URL, a_connection, a_record, a_task
from tests.unit.fakes import NOW, FakeClock, InMemoryConnections, InMemoryRequests, ScriptedProvider

Step = Callable[..., Report]
SESSION = SessionRef("studio", "session")
SUCCESS = Success(id="r", stream_id="stream", expires_at=NOW + timedelta(seconds=120))
ANSWER = {"streamId": "stream", "state": "CREATE_IN_PROGRESS"}
STEPS = pytest.mark.parametrize("step", [flow.prepare_session, flow.create_stream, flow.get_stream])


@STEPS
@pytest.mark.parametrize("late_by", [0, 0.001, 3600])
def test_past_the_deadline_nothing_is_asked_any_more(step: Step, late_by: float, clock: FakeClock) -> None:
    provider = ScriptedProvider()
    with pytest.raises(DeadlineExceeded) as caught:
        step(a_task(seconds_to_deadline=-late_by), provider=provider, requests=InMemoryRequests(), clock=clock)
    assert provider.calls == []
    assert provider.endpoint in str(caught.value)


def test_the_error_names_the_deadline(clock: FakeClock) -> None:
    with pytest.raises(DeadlineExceeded, match="2026-11-24T11:59:00Z"):
        flow.get_stream(a_task(-60), provider=ScriptedProvider(), requests=InMemoryRequests(), clock=clock)


@STEPS
@pytest.mark.parametrize("status", list(Status))
def test_a_task_reports_what_the_service_said(step: Step, status: Status, clock: FakeClock) -> None:
    progress = Progress(status, state="SOME_STATE", status_code="SOME_CODE", detail="Because", stream_id="stream")
    report = step(a_task(), provider=ScriptedProvider(progress), requests=InMemoryRequests(a_record()), clock=clock)
    assert report == Report(
        status=status, state="SOME_STATE", status_code="SOME_CODE", detail="Because", stream_id="stream"
    )


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (flow.prepare_session, ("prepare", SESSION, "token")),
        (flow.create_stream, ("create", SESSION, 120, "token")),
        (flow.get_stream, ("describe", SESSION, "stream")),
    ],
)
def test_a_task_asks_once_for_what_its_input_names(step: Step, call: tuple[object, ...], clock: FakeClock) -> None:
    provider = ScriptedProvider()
    step(a_task(), provider=provider, requests=InMemoryRequests(a_record()), clock=clock)
    assert provider.calls == [call]


@pytest.mark.parametrize("step", [flow.create_stream, flow.get_stream])
def test_the_service_s_answer_is_kept_with_the_request(step: Step, clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record())
    provider = ScriptedProvider(Progress(Status.PENDING, stream_id="stream", answer=ANSWER))
    step(a_task(), provider=provider, requests=requests, clock=clock)
    assert (requests.records["r"].stream_id, requests.records["r"].answer) == ("stream", ANSWER)


def test_a_session_that_was_started_is_remembered(clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record())
    provider = ScriptedProvider(Progress(Status.PENDING, session_started=True))
    flow.prepare_session(a_task(), provider=provider, requests=requests, clock=clock)
    provider.progress = Progress(Status.READY)
    flow.prepare_session(a_task(), provider=provider, requests=requests, clock=clock)
    assert requests.records["r"].session_started


def test_the_url_goes_into_the_connections_and_nowhere_else() -> None:
    connections = InMemoryConnections()
    provider = ScriptedProvider(connection=a_connection())
    returned = flow.connect_stream(a_task(), provider=provider, connections=connections)
    assert connections.get("r") == a_connection()
    assert returned == {"expiresAt": "2026-11-24T12:02:00Z"}
    assert URL not in str(returned)
    assert provider.calls == [("connect", SESSION, "stream", 120)]


def test_a_ready_stream_ends_the_request(clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record())
    clock.advance(7)
    assert flow.publish_ready(SUCCESS, requests=requests, clock=clock)
    record = requests.records["r"]
    assert (record.state, record.settled_at, record.failure) == (RequestState.READY, clock.now, None)
    assert record.expires_at == SUCCESS.expires_at


def test_a_request_that_was_cancelled_stays_so_when_its_stream_is_ready(clock: FakeClock) -> None:
    requests = InMemoryRequests(a_record(state=RequestState.CANCELLED))
    assert not flow.publish_ready(SUCCESS, requests=requests, clock=clock)
    assert requests.records["r"].state is RequestState.CANCELLED


def test_the_deadline_is_compared_in_any_time_zone(clock: FakeClock) -> None:
    clock.now = clock.now.astimezone() + timedelta(seconds=901)
    with pytest.raises(DeadlineExceeded):
        flow.get_stream(a_task(900), provider=ScriptedProvider(), requests=InMemoryRequests(), clock=clock)

"""The tasks between accepting a request and its outcome, against a provider that says what the test wrote down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from greenroom.domain.errors import CapacityUnavailable, DeadlineExceeded, ServiceRefused
from greenroom.domain.values import Progress, RequestState, Status
from greenroom.flow import tasks
from greenroom.flow.payloads import ProgressResult, ReadyOutcome
from greenroom.providers.connected import ConnectedProviders
from tests.support.examples import FIELDS, a_record, a_task
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, ScriptedProvider

Step = Callable[..., ProgressResult]
OUTCOME = ReadyOutcome(id="r", stream_id="stream", expires_at=NOW + timedelta(seconds=120))
ANSWER = {"streamId": "stream", "state": "CREATE_IN_PROGRESS"}
STEPS = pytest.mark.parametrize("step", [tasks.prepare_session, tasks.create_stream, tasks.get_stream])


@STEPS
@pytest.mark.parametrize("late_by", [0, 0.001, 3600])
def test_past_the_deadline_nothing_is_asked_any_more(step: Step, late_by: float, clock: FakeClock) -> None:
    provider = ScriptedProvider()
    with pytest.raises(DeadlineExceeded) as caught:
        step(a_task(-late_by), providers={"nimble": provider}, records=InMemoryRecords(), clock=clock)
    assert provider.calls == []
    assert provider.endpoint in str(caught.value)


def test_the_error_names_the_deadline(clock: FakeClock) -> None:
    with pytest.raises(DeadlineExceeded, match="2026-11-24T11:59:00Z"):
        tasks.get_stream(a_task(-60), providers={"nimble": ScriptedProvider()}, records=InMemoryRecords(), clock=clock)


@STEPS
@pytest.mark.parametrize("status", list(Status))
def test_a_task_tells_what_the_service_said(step: Step, status: Status, clock: FakeClock) -> None:
    progress = Progress(status, state="SOME_STATE", status_code="SOME_CODE", detail="Because", stream_id="stream")
    providers = {"nimble": ScriptedProvider(progress)}
    result = step(a_task(), providers=providers, records=InMemoryRecords(a_record()), clock=clock)
    assert result == ProgressResult(
        status=status, state="SOME_STATE", status_code="SOME_CODE", detail="Because", stream_id="stream"
    )


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (tasks.prepare_session, ("prepare", FIELDS, "token")),
        (tasks.create_stream, ("create", FIELDS, "token")),
        (tasks.get_stream, ("describe", FIELDS, "stream", timedelta(0))),
    ],
)
def test_a_task_asks_once_for_what_its_input_names(step: Step, call: tuple[object, ...], clock: FakeClock) -> None:
    provider, other = ScriptedProvider(), ScriptedProvider()
    providers = {"nimble": provider, "other": other}
    step(a_task(), providers=providers, records=InMemoryRecords(a_record()), clock=clock)
    assert (provider.calls, other.calls) == ([call], [])


@pytest.mark.parametrize("step", [tasks.create_stream, tasks.get_stream])
def test_the_service_s_answer_is_kept_with_the_request(step: Step, clock: FakeClock) -> None:
    records = InMemoryRecords(a_record())
    provider = ScriptedProvider(Progress(Status.PENDING, stream_id="stream", stream=ANSWER))
    step(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    assert (records.records["r"].stream_id, records.records["r"].stream) == ("stream", ANSWER)


def test_a_session_that_was_started_is_remembered(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record())
    provider = ScriptedProvider(Progress(Status.PENDING, started=True))
    tasks.prepare_session(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    provider.progress = Progress(Status.READY)
    tasks.prepare_session(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    assert records.records["r"].started


@STEPS
def test_what_was_started_is_remembered_after_the_request_has_ended(step: Step, clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(state=RequestState.CANCELLED))
    provider = ScriptedProvider(Progress(Status.PENDING, started=True, stream_id="stream", stream=ANSWER))
    step(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    kept = records.records["r"]
    assert (kept.started, kept.stream_id, kept.stream) == ("token", "stream", {})


@STEPS
def test_a_service_without_room_is_waited_for_and_not_failed(step: Step, clock: FakeClock) -> None:
    provider = ScriptedProvider(error=CapacityUnavailable("ServiceQuotaExceededException", "5 URLs are active"))
    result = step(a_task(), providers={"nimble": provider}, records=InMemoryRecords(a_record()), clock=clock)
    assert result == ProgressResult(
        status=Status.PENDING, state="ServiceQuotaExceededException", detail="5 URLs are active"
    )


def test_everybody_can_see_that_a_request_waits_for_room(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record())
    provider = ScriptedProvider(error=CapacityUnavailable("NoServer", "no dcv server found for placement"))
    tasks.create_stream(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    assert records.records["r"].stream == {"state": "NoServer", "statusMessage": "no dcv server found for placement"}
    assert records.records["r"].stream_id is None


def test_everybody_can_see_what_the_stream_is_to_run_on_while_it_starts(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record())
    provider = ScriptedProvider(Progress(Status.PENDING, state="STARTING", detail="Soon"))
    tasks.prepare_session(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    assert records.records["r"].stream == {"state": "STARTING", "statusMessage": "Soon"}


def test_what_is_ready_to_run_on_costs_no_write(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record())
    provider = ScriptedProvider(Progress(Status.READY, state="READY"))
    tasks.prepare_session(a_task(), providers={"nimble": provider}, records=records, clock=clock)
    assert records.records["r"] == a_record()


def test_a_look_says_how_long_ago_the_stream_was_created(clock: FakeClock) -> None:
    provider, task = ScriptedProvider(), a_task().model_copy(update={"created_at": NOW})
    clock.advance(42)
    tasks.get_stream(task, providers={"nimble": provider}, records=InMemoryRecords(a_record()), clock=clock)
    assert provider.calls == [("describe", FIELDS, "stream", timedelta(seconds=42))]


def test_a_provider_that_is_served_no_more_ends_the_wait(clock: FakeClock) -> None:
    served = ConnectedProviders(["other"], lambda _name: ScriptedProvider())
    with pytest.raises(ServiceRefused, match="ProviderNotEnabled: This deployment does not serve nimble any more"):
        tasks.get_stream(a_task(), providers=served, records=InMemoryRecords(a_record()), clock=clock)


def test_a_ready_stream_ends_the_request(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record())
    clock.advance(7)
    assert tasks.record_ready(OUTCOME, records=records, clock=clock).recorded
    record = records.records["r"]
    assert (record.state, record.settled_at, record.failure) == (RequestState.READY, clock.now, None)
    assert record.expires_at == OUTCOME.expires_at


def test_a_request_that_was_cancelled_stays_so_when_its_stream_is_ready(clock: FakeClock) -> None:
    records = InMemoryRecords(a_record(state=RequestState.CANCELLED))
    assert not tasks.record_ready(OUTCOME, records=records, clock=clock).recorded
    assert records.records["r"].state is RequestState.CANCELLED


def test_the_deadline_is_compared_in_any_time_zone(clock: FakeClock) -> None:
    clock.now = clock.now.astimezone() + timedelta(seconds=901)
    with pytest.raises(DeadlineExceeded):
        tasks.get_stream(a_task(900), providers={"nimble": ScriptedProvider()}, records=InMemoryRecords(), clock=clock)

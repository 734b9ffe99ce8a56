"""The tasks between accepting a request and its outcome, against a provider that says what the test wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from greenroom.domain.errors import CapacityUnavailable, DeadlineExceeded, ServiceRefused
from greenroom.domain.values import Progress, RequestState, Status, Wait, Waiting
from greenroom.flow import tasks
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Providers
from greenroom.record.model import Record
from tests.support.examples import FIELDS, a_record, a_stream_url, a_task
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemoryStreamUrls, ScriptedPacer, ScriptedProvider

ANSWER = {"streamId": "stream", "state": "CREATE_IN_PROGRESS"}
STEPS = pytest.mark.parametrize("step", ["prepare", "create", "look"])


class Desk:
    """The three tasks at one provider, with all that they use."""

    def __init__(
        self, provider: ScriptedProvider, record: Record | None = None, waits: Mapping[str, int] | None = None
    ) -> None:
        self.providers: Providers = {"nimble": provider}
        self.records = InMemoryRecords(record or a_record())
        self.stream_urls, self.pacer = InMemoryStreamUrls(), ScriptedPacer(**(waits or {}))

    @property
    def record(self) -> Record:
        return self.records.records["r"]

    def take(self, step: str, task: Task, clock: FakeClock) -> ProgressReport:
        shared: dict[str, Any] = {
            "providers": self.providers,
            "records": self.records,
            "pacer": self.pacer,
            "clock": clock,
        }
        if step == "look":
            return tasks.get_stream(task, stream_urls=self.stream_urls, **shared)
        return {"prepare": tasks.prepare_session, "create": tasks.create_stream}[step](task, **shared)


@STEPS
@pytest.mark.parametrize("late_by", [0, 0.001, 3600])
def test_past_the_deadline_nothing_is_asked_any_more(step: str, late_by: float, clock: FakeClock) -> None:
    provider = ScriptedProvider()
    with pytest.raises(DeadlineExceeded) as caught:
        Desk(provider).take(step, a_task(-late_by), clock)
    assert provider.calls == []
    assert provider.endpoint in str(caught.value)


def test_the_error_names_the_deadline(clock: FakeClock) -> None:
    with pytest.raises(DeadlineExceeded, match="2026-11-24T11:59:00Z"):
        Desk(ScriptedProvider()).take("look", a_task(-60), clock)


def test_the_deadline_is_compared_in_any_time_zone(clock: FakeClock) -> None:
    clock.now = clock.now.astimezone() + timedelta(seconds=901)
    with pytest.raises(DeadlineExceeded):
        Desk(ScriptedProvider()).take("look", a_task(900), clock)


@STEPS
@pytest.mark.parametrize("status", list(Status))
def test_a_task_tells_what_the_service_said(step: str, status: Status, clock: FakeClock) -> None:
    progress = Progress(status, state="SOME_STATE", status_code="SOME_CODE", detail="Because", stream_id="stream")
    told = Desk(ScriptedProvider(progress, a_stream_url())).take(step, a_task(), clock).dump()
    said = {"state": "SOME_STATE", "statusCode": "SOME_CODE", "detail": "Because", "streamId": "stream"}
    assert {name: told[name] for name in ("status", *said)} == {"status": status, **said}


@pytest.mark.parametrize(
    ("step", "call"),
    [
        ("prepare", ("prepare", FIELDS, "token")),
        ("create", ("create", FIELDS, "token")),
        ("look", ("describe", FIELDS, "stream", timedelta(0))),
    ],
)
def test_a_task_asks_once_for_what_its_input_names(step: str, call: tuple[object, ...], clock: FakeClock) -> None:
    provider, other = ScriptedProvider(), ScriptedProvider()
    desk = Desk(provider)
    desk.providers = {"nimble": provider, "other": other}
    desk.take(step, a_task(), clock)
    assert (provider.calls, other.calls) == ([call], [])


@pytest.mark.parametrize("step", ["create", "look"])
def test_the_service_s_answer_is_kept_with_the_request(step: str, clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.PENDING, stream_id="stream", stream=ANSWER)))
    desk.take(step, a_task(), clock)
    assert (desk.record.stream_id, desk.record.stream) == ("stream", ANSWER)


def test_a_session_that_was_started_is_remembered(clock: FakeClock) -> None:
    provider = ScriptedProvider(Progress(Status.PENDING, started=True))
    desk = Desk(provider)
    desk.take("prepare", a_task(), clock)
    provider.progress = Progress(Status.READY)
    desk.take("prepare", a_task(), clock)
    assert desk.record.started


@STEPS
def test_what_was_started_is_remembered_after_the_request_has_ended(step: str, clock: FakeClock) -> None:
    progress = Progress(Status.PENDING, started=True, stream_id="stream", stream=ANSWER)
    desk = Desk(ScriptedProvider(progress), a_record(state=RequestState.CANCELLED))
    desk.take(step, a_task(), clock)
    assert (desk.record.started, desk.record.stream_id, desk.record.stream) == ("token", "stream", {})


@STEPS
def test_a_service_without_room_is_waited_for_and_not_failed(step: str, clock: FakeClock) -> None:
    provider = ScriptedProvider(error=CapacityUnavailable("ServiceQuotaExceededException", "5 URLs are active"))
    told = Desk(provider).take(step, a_task(), clock)
    assert (told.status, told.state, told.detail) == (
        Status.PENDING,
        "ServiceQuotaExceededException",
        "5 URLs are active",
    )


def test_everybody_can_see_that_a_request_waits_for_room(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(error=CapacityUnavailable("NoServer", "no dcv server found for placement")))
    desk.take("create", a_task(), clock)
    assert desk.record.stream == {"state": "NoServer", "statusMessage": "no dcv server found for placement"}
    assert desk.record.stream_id is None


def test_everybody_can_see_what_the_stream_is_to_run_on_while_it_starts(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.PENDING, state="STARTING", detail="Soon")))
    desk.take("prepare", a_task(), clock)
    assert desk.record.stream == {"state": "STARTING", "statusMessage": "Soon"}


def test_what_is_ready_to_run_on_costs_no_write(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.READY, state="READY")))
    desk.take("prepare", a_task(since=None), clock)
    assert desk.record == a_record()


def test_a_look_says_how_long_ago_the_stream_was_created(clock: FakeClock) -> None:
    provider = ScriptedProvider()
    clock.advance(42)
    Desk(provider).take("look", a_task(), clock)
    assert provider.calls == [("describe", FIELDS, "stream", timedelta(seconds=42))]


def test_a_provider_that_is_served_no_more_ends_the_wait(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider())
    desk.providers = ConnectedProviders(["other"], lambda _name: ScriptedProvider())
    with pytest.raises(ServiceRefused, match="ProviderNotEnabled: This deployment does not serve nimble any more"):
        desk.take("look", a_task(), clock)


def test_the_wait_for_a_stream_is_kept_as_the_looks_showed_it(clock: FakeClock) -> None:
    provider = ScriptedProvider(Progress(Status.PENDING, stream_id="stream"), a_stream_url())
    desk = Desk(provider)
    created = desk.take("create", a_task(since=None, stream_id=""), clock)
    clock.advance(12.4)
    seen = desk.take("look", replace(a_task(), progress=created), clock)
    assert (seen.since, seen.waited) == (NOW, 12)
    assert desk.record.waits == {Waiting.STREAM: Wait(NOW, 12)}
    provider.progress = Progress(Status.READY)
    clock.advance(5.2)
    desk.take("look", replace(a_task(), progress=seen), clock)
    assert desk.record.waits == {Waiting.STREAM: Wait(NOW, 12, 18)}


def test_the_wait_for_what_the_stream_runs_on_goes_on_until_there_is_room(clock: FakeClock) -> None:
    provider = ScriptedProvider(Progress(Status.PENDING))
    desk = Desk(provider)
    report = desk.take("prepare", a_task(since=None, stream_id=""), clock)
    clock.advance(30)
    provider.progress = Progress(Status.READY)
    report = desk.take("prepare", replace(a_task(), progress=report), clock)
    assert desk.record.waits == {Waiting.SESSION: Wait(NOW, 0, 30)}
    provider.error = CapacityUnavailable("Full", "no room")
    report = desk.take("create", replace(a_task(), progress=report), clock)
    assert desk.record.waits == {Waiting.SESSION: Wait(NOW, 30)}
    clock.advance(10)
    provider.error, provider.progress = None, Progress(Status.PENDING, stream_id="stream")
    desk.take("create", replace(a_task(), progress=report), clock)
    assert desk.record.waits == {
        Waiting.SESSION: Wait(NOW, 30, 40),
        Waiting.STREAM: Wait(NOW + timedelta(seconds=40)),
    }


@STEPS
def test_a_task_whose_turn_has_not_come_asks_nothing_and_says_when_to_come_again(step: str, clock: FakeClock) -> None:
    provider = ScriptedProvider()
    desk = Desk(provider, waits={step: 7})
    told = desk.take(step, a_task(status=Status.READY if step == "create" else Status.PENDING), clock)
    assert (told.status, told.wait, told.ticket, told.queued_at) == (Status.PENDING, 7, "ticket", NOW)
    assert (provider.calls, desk.record) == ([], a_record())
    assert told.stream_id == ("" if step == "create" else "stream")


@pytest.mark.parametrize(("step", "queued_at"), [("create", NOW), ("look", NOW + timedelta(seconds=3))])
def test_a_place_in_the_queue_is_that_of_the_arrival(step: str, queued_at: datetime, clock: FakeClock) -> None:
    """For what is asked first, of the request; for a look, of the moment at which it was due."""
    desk = Desk(ScriptedProvider(), waits={step: 7})
    clock.advance(3)
    told = desk.take(step, a_task(), clock)
    clock.advance(7)
    desk.take(step, replace(a_task(), progress=told), clock)
    assert desk.pacer.asked == [(f"nimble/{step}", queued_at, ""), (f"nimble/{step}", queued_at, "ticket")]


def test_a_turn_that_would_come_after_the_deadline_is_not_waited_for(clock: FakeClock) -> None:
    assert Desk(ScriptedProvider(), waits={"create": 500}).take("create", a_task(60.5), clock).wait == 61


@pytest.mark.parametrize(
    ("step", "status", "stream_id", "looks"),
    [
        ("prepare", Status.READY, None, 1),
        ("prepare", Status.PENDING, None, 1),
        ("create", Status.PENDING, None, 1),
        ("create", Status.PENDING, "stream", 0),
        ("create", Status.READY, "stream", 0),
        ("look", Status.PENDING, "stream", 1),
        ("look", Status.READY, "stream", 1),
        ("look", Status.FAILED, "stream", 1),
    ],
)
def test_a_look_is_to_ask_whether_something_that_is_waited_for_is_ready(
    step: str, status: Status, stream_id: str | None, looks: int, clock: FakeClock
) -> None:
    desk = Desk(ScriptedProvider(Progress(status, stream_id=stream_id), url=a_stream_url()))
    desk.take(step, a_task(stream_id="" if step == "prepare" else "stream"), clock)
    assert desk.record.looks == looks


def test_a_session_that_was_ready_at_once_was_not_waited_for(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.READY)))
    desk.take("prepare", a_task(stream_id="", since=None), clock)
    assert desk.record.looks == 0


def test_to_wait_for_one_s_turn_is_no_look(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(), waits={"look": 7})
    desk.take("look", a_task(), clock)
    assert desk.record.looks == 0

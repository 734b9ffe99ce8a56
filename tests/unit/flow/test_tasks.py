"""The tasks between accepting a request and its outcome, against a provider that says what the test wrote down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest

from greenroom.domain.errors import (
    CapacityUnavailable,
    DeadlineExceeded,
    EndpointUnreachable,
    MalformedAnswer,
    RecordRefused,
    RequestEnded,
    ServiceRefused,
)
from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Status, Wait, Waiting
from greenroom.flow.pacing import NotYet
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.flow.schedule import Schedule
from greenroom.flow.tasks import LONGEST_SILENCE_SECONDS
from greenroom.providers.accepted import AcceptedFields
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Providers
from greenroom.record.model import Open, Record
from tests.support.examples import FIELDS, a_flow, a_record, a_stream_url, a_task
from tests.support.fakes import (
    NOW,
    FakeClock,
    InMemoryHolders,
    InMemoryRecords,
    InMemoryStreamUrls,
    ScriptedPacer,
    ScriptedProvider,
)

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
        self.stream_urls.records = self.records
        self.holders = InMemoryHolders()

    @property
    def record(self) -> Record:
        return self.records.records["r"]

    def take(self, step: str, task: Task, clock: FakeClock) -> ProgressReport:
        flow = a_flow(
            self.providers,
            self.records,
            clock,
            stream_urls=self.stream_urls,
            holders=self.holders,
            pacer=self.pacer,
        )
        steps = {"prepare": flow.prepare_session, "create": flow.create_stream, "look": flow.get_stream}
        return steps[step](task)


def of_a_renewal(task: Task) -> Task:
    return task.replace(request=task.request.replace(renewal=True))


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


@pytest.mark.parametrize("step", ["prepare", "create"])
def test_a_call_waits_in_the_lane_of_its_owner_since_its_request_came(step: str, clock: FakeClock) -> None:
    desk, task = Desk(ScriptedProvider()), a_task(stream_id="", ticket="first")
    clock.advance(30)
    desk.take(step, task.replace(request=task.request.replace(lane="ada")), clock)
    assert (desk.pacer.asked, desk.pacer.lanes) == ([(f"nimble/{step}", NOW, "first")], ["ada"])


@pytest.mark.parametrize("step", ["create", "look"])
def test_the_service_s_answer_is_kept_with_the_request(step: str, clock: FakeClock) -> None:
    progress = Progress(Status.PENDING, state=ANSWER["state"], stream_id="stream", stream=ANSWER)
    desk = Desk(ScriptedProvider(progress))
    desk.take(step, a_task(), clock)
    assert (desk.record.stream_id, desk.record.stream) == ("stream", ANSWER)


def starting(progress: Progress | None = None, error: Exception | None = None) -> ScriptedProvider:
    """Make a provider that starts something when it prepares."""
    provider = ScriptedProvider(progress, error=error)
    provider.starts = True
    return provider


def test_a_start_is_noted_before_it_is_made_and_so_survives_an_answer_that_is_lost(clock: FakeClock) -> None:
    desk = Desk(starting(error=KeyError("the answer was lost")))
    with pytest.raises(KeyError):
        desk.take("prepare", a_task(), clock)
    assert desk.record.started == "token"


def test_who_starts_what_others_share_is_its_holder(clock: FakeClock) -> None:
    desk, task = Desk(starting()), a_task()
    desk.take("prepare", task.replace(request=task.request.replace(shared="studio/session")), clock)
    assert desk.holders.tokens == {("nimble", "studio/session"): "token"}


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_for_a_request_that_has_ended_nothing_is_started(state: RequestState, clock: FakeClock) -> None:
    desk = Desk(starting(), a_record(state=state))
    with pytest.raises(RequestEnded):
        desk.take("prepare", a_task(), clock)
    assert (desk.providers["nimble"].calls, desk.record.started, desk.holders.tokens) == ([], None, {})  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", [state for state in RequestState if state.is_terminal])
def test_for_a_request_that_has_ended_nothing_is_created(state: RequestState, clock: FakeClock) -> None:
    provider = ScriptedProvider(Progress(Status.PENDING, stream_id="stream"))
    with pytest.raises(RequestEnded):
        Desk(provider, a_record(state=state)).take("create", a_task(), clock)
    assert provider.calls == []


@pytest.mark.parametrize("step", ["prepare", "look"])
def test_a_task_that_learns_that_its_request_has_ended_says_so(step: str, clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(), a_record(state=RequestState.CANCELLED))
    for task, what in ((a_task(), "request r"), (of_a_renewal(a_task()), "renewal of request r")):
        said = f"The {what} has ended meanwhile: nothing more is asked of the service for it"
        with pytest.raises(RequestEnded, match=f"^{said}$"):
            desk.take(step, task, clock)


class SlowService(ScriptedProvider):
    """Creates a stream while its request, or its renewal, is ended and announced."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(progress)
        self.desk: Desk | None = None

    def create(self, fields: AcceptedFields, client_token: str) -> Progress:
        assert self.desk
        records = self.desk.records
        records.settle("r", RequestState.CANCELLED, NOW, Failure("RequestCancelled", "by its owner"))
        records.end_renewal("r", NOW)
        records.mark_announced(self.desk.record, [])
        return super().create(fields, client_token)


@pytest.mark.parametrize("renewal", [True, False])
def test_what_was_being_created_when_the_request_ended_is_noted_and_so_released(
    *, renewal: bool, clock: FakeClock
) -> None:
    record = a_record(state=RequestState.READY, renewal=Renewal.ASKED) if renewal else a_record()
    provider = SlowService(Progress(Status.PENDING, stream_id="stream"))
    desk = provider.desk = Desk(provider, record)
    clock.advance(30)
    with pytest.raises(RequestEnded):
        desk.take("create", of_a_renewal(a_task(stream_id="")) if renewal else a_task(stream_id=""), clock)
    made = (desk.record.fresh_stream_id, desk.record.stream_id)
    assert made == (("stream", None) if renewal else (None, "stream"))
    assert (desk.record.late, desk.record.open, desk.record.due_at) == (True, Open.RELEASING, clock.now)


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
    desk = Desk(ScriptedProvider(Progress(Status.PENDING, state="STARTING", status_code="SOON", detail="Soon")))
    desk.take("prepare", a_task(), clock)
    assert desk.record.stream == {"state": "STARTING", "statusCode": "SOON", "statusMessage": "Soon"}


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
    provider.progress = Progress(Status.PENDING, state="CREATE_IN_PROGRESS")
    seen = desk.take("look", a_task().replace(progress=created), clock)
    assert (seen.since, seen.waited) == (NOW, 12)
    assert desk.record.waits == {Waiting.STREAM: Wait(NOW, 12)}
    provider.progress = Progress(Status.READY)
    clock.advance(5.2)
    desk.take("look", a_task().replace(progress=seen), clock)
    assert desk.record.waits == {Waiting.STREAM: Wait(NOW, 12, 18)}


def test_of_a_stream_that_is_ready_at_once_nothing_was_waited_for(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.READY, stream_id="made")))
    told = desk.take("create", a_task(stream_id="", waited=60, turns=4), clock)
    assert (told.since, told.waited, told.turns) == (None, 0, 4)


def test_a_ready_stream_is_told_with_the_wait_that_it_took(clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.READY), a_stream_url()))
    clock.advance(12)
    told = desk.take("look", a_task(waited=12, turns=4), clock)
    assert (told.since, told.waited, told.turns) == (NOW, 12, 4)
    # It was not ready at 12 s, so it was later, whatever the clock says.
    assert desk.record.waits == {Waiting.STREAM: Wait(NOW, 12, 13)}


@STEPS
def test_after_a_failure_nothing_is_waited_for(step: str, clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(Progress(Status.FAILED, stream_id="stream")))
    assert desk.take(step, a_task(), clock).wait == 0


def test_looks_that_show_nothing_new_are_noted_once_a_minute_and_counted_all(clock: FakeClock) -> None:
    """Each note is a write of the whole record, and a look that finds what the last one found is most of them."""
    provider = ScriptedProvider(Progress(Status.PENDING, state="IN_PROGRESS", stream_id="stream"), a_stream_url())
    desk = Desk(provider)
    report = desk.take("create", a_task(since=None, stream_id=""), clock)
    noted = list[tuple[int, int]]()
    for _ in range(5):
        clock.advance(20)
        report = desk.take("look", a_task().replace(progress=report), clock)
        noted.append((desk.record.waits[Waiting.STREAM].pending_for, desk.record.looks))
    assert noted == [(0, 0), (0, 0), (60, 3), (60, 3), (60, 3)]
    provider.progress = Progress(Status.READY, state="READY")
    clock.advance(20)
    desk.take("look", a_task().replace(progress=report), clock)
    assert desk.record.waits == {Waiting.STREAM: Wait(NOW, 100, 120)}
    assert desk.record.looks == 6


def test_a_look_that_may_not_read_the_record_is_noted(clock: FakeClock) -> None:
    """As in a rollback, whose roles come before its code."""
    provider = ScriptedProvider(Progress(Status.PENDING, state="IN_PROGRESS", stream_id="stream"))
    desk = Desk(provider)
    report = desk.take("create", a_task(since=None, stream_id=""), clock)
    desk.records = MayNotRead(desk.record)
    clock.advance(5)
    desk.take("look", a_task().replace(progress=report), clock)
    assert (desk.record.waits, desk.record.looks) == ({Waiting.STREAM: Wait(NOW, 5)}, 1)


class MayNotRead(InMemoryRecords):
    def is_at_work(self, request_id: str, *, renewal: bool) -> bool:  # noqa: ARG002
        raise RecordRefused("not authorized to perform: dynamodb:GetItem")


def test_a_look_that_shows_nothing_new_learns_all_the_same_that_nobody_waits_any_more(clock: FakeClock) -> None:
    provider = ScriptedProvider(Progress(Status.PENDING, state="IN_PROGRESS", stream_id="stream"))
    desk = Desk(provider)
    report = desk.take("create", a_task(since=None, stream_id=""), clock)
    desk.records.settle("r", RequestState.CANCELLED, clock(), Failure("Cancelled", "by its owner"))
    with pytest.raises(RequestEnded):
        desk.take("look", a_task().replace(progress=report), clock)


def test_the_wait_for_what_the_stream_runs_on_goes_on_until_there_is_room(clock: FakeClock) -> None:
    provider = ScriptedProvider(Progress(Status.PENDING))
    desk = Desk(provider)
    report = desk.take("prepare", a_task(since=None, stream_id=""), clock)
    clock.advance(30)
    provider.progress = Progress(Status.READY)
    report = desk.take("prepare", a_task().replace(progress=report), clock)
    assert desk.record.waits == {Waiting.SESSION: Wait(NOW, 0, 30)}
    provider.error = CapacityUnavailable("Full", "no room")
    report = desk.take("create", a_task().replace(progress=report), clock)
    assert desk.record.waits == {Waiting.SESSION: Wait(NOW, 30)}
    clock.advance(10)
    provider.error, provider.progress = None, Progress(Status.PENDING, stream_id="stream")
    desk.take("create", a_task().replace(progress=report), clock)
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
    desk.take(step, a_task().replace(progress=told), clock)
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
        ("look", Status.PENDING, "stream", 0),  # no news: the next note counts it
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


SILENT = EndpointUnreachable("https://provider.example did not answer (ConnectionRefused)")


@STEPS
def test_a_service_that_does_not_answer_is_waited_for_in_view_of_everybody(step: str, clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(error=SILENT))
    told = desk.take(step, a_task(), clock)
    assert (told.status, told.state, told.unanswered_since) == (Status.PENDING, "EndpointUnreachable", NOW)
    said = f"The service does not answer since 2026-11-24T12:00:00Z: {SILENT}"
    assert (told.detail, desk.record.stream) == (said, {"state": "EndpointUnreachable", "statusMessage": said})


@STEPS
def test_the_pauses_of_a_silence_grow_with_it_and_end_at_the_deadline(step: str, clock: FakeClock) -> None:
    task = a_task(10_000)
    for silent_for, longest in ((0, 2), (40, 40), (3_000, LONGEST_SILENCE_SECONDS), (9_995, 6)):
        clock.now = NOW + timedelta(seconds=silent_for)
        told = Desk(ScriptedProvider(error=SILENT)).take(step, task, clock)
        assert 1 <= told.wait <= longest
        task = task.replace(progress=told)
    assert task.progress.unanswered_since == NOW


@STEPS
def test_a_service_that_answers_again_is_silent_no_more_and_nothing_was_learned_from_its_silence(
    step: str, clock: FakeClock
) -> None:
    provider = ScriptedProvider(error=SILENT)
    desk = Desk(provider)
    told = desk.take(step, a_task(stream_id="", since=NOW), clock)
    assert (told.since, told.waited, desk.record.waits) == (NOW, 0, {})
    provider.error, provider.progress = None, Progress(Status.PENDING)
    clock.advance(20)
    told = desk.take(step, a_task().replace(progress=told), clock)
    assert (told.unanswered_since, told.wait, told.state) == (None, 10, None)


PLAN = (1, 40)
# By step: the looks that the pause after it goes by, and the stream that there is.
PAUSES = {"prepare": ("session", ""), "create": ("session", ""), "look": ("stream", "stream")}


@pytest.mark.parametrize("step", PAUSES)
def test_the_flow_pauses_until_the_next_look_of_the_plan_for_what_is_waited_for(step: str, clock: FakeClock) -> None:
    waiting, stream_id = PAUSES[step]
    looks = {"session": [9_999], "stream": [9_999], waiting: list(PLAN)}
    schedule = Schedule(PLAN, median=0, latest=0)
    for waited in (0, 1, 39.9, 40, 41, 300, 3_599):
        task = a_task(80_000, stream_id=stream_id)
        clock.now = NOW + timedelta(seconds=waited)
        told = Desk(ScriptedProvider(Progress(Status.PENDING))).take(
            step, task.replace(request=task.request.replace(looks=looks)), clock
        )
        assert (told.waited, told.wait) == (int(waited), schedule.pause(waited))


def test_the_wait_for_a_stream_begins_with_the_first_look_of_its_own_plan(clock: FakeClock) -> None:
    task = a_task(80_000, stream_id="", since=NOW, waited=60)
    clock.advance(60)
    looks = {"session": [9_999], "stream": [7, 9]}
    told = Desk(ScriptedProvider(CREATED)).take(
        "create", task.replace(request=task.request.replace(looks=looks)), clock
    )
    assert (told.since, told.waited, told.wait) == (clock.now, 0, 7)


@STEPS
def test_the_pause_before_the_next_look_ends_at_the_deadline(step: str, clock: FakeClock) -> None:
    """Not before it, since nobody else would end the request then, and soon after."""
    for left, pause in ((500.4, 501), (1.2, 2), (0.2, 1)):
        stream_id = PAUSES[step][1]
        task = a_task(left, stream_id=stream_id)
        far = task.replace(request=task.request.replace(looks={"session": [5_000], "stream": [5_000]}))
        assert Desk(ScriptedProvider(Progress(Status.PENDING))).take(step, far, clock).wait == pause


def settling(progress: Progress | None = None, error: Exception | None = None) -> ScriptedProvider:
    """Make a provider whose list can be trusted 45 seconds after a create."""
    provider = ScriptedProvider(progress, error=error)
    provider.settles_in = 45
    return provider


CREATED = Progress(Status.PENDING, stream_id="stream")


def test_two_creates_at_once_ask_the_service_once_and_the_second_waits_until_it_can_be_trusted(
    clock: FakeClock,
) -> None:
    provider = settling(CREATED)
    desk, task = Desk(provider), a_task(stream_id="")
    first = desk.take("create", task, clock)
    second = desk.take("create", task, clock)
    assert (first.stream_id, second.stream_id, second.wait) == ("stream", "", 45)
    assert provider.calls == [("create", FIELDS, "token")]
    third = desk.take("create", task.replace(progress=second), clock)
    assert (third.stream_id, len(provider.calls)) == ("stream", 2)


@pytest.mark.parametrize("unclear", [SILENT, MalformedAnswer("no words"), KeyError("a defect")])
def test_after_an_unclear_create_there_is_no_other_before_the_service_can_be_trusted(
    unclear: Exception, clock: FakeClock
) -> None:
    provider = settling(error=unclear)
    desk, task = Desk(provider), a_task(stream_id="")
    with suppress(MalformedAnswer, KeyError):
        task = task.replace(progress=desk.take("create", task, clock))
    provider.error, provider.progress = None, CREATED
    if task.progress.wait < 45:
        task = task.replace(progress=desk.take("create", task, clock))
    assert (task.progress.wait, len(provider.calls)) == (45, 1)
    assert desk.take("create", task, clock).stream_id == "stream"


class RefusingPacer(ScriptedPacer):
    """A pace at a service that has refused the call that was made."""

    def ask(self, name: str, call: Callable[[], Any], *, lane: str, arrived_at: datetime, ticket: str = "") -> NoReturn:
        super().ask(name, call, lane=lane, arrived_at=arrived_at, ticket=ticket)
        raise NotYet(3, "ticket")


def test_an_attempt_that_was_throttled_is_known_by_the_next(clock: FakeClock) -> None:
    desk = Desk(provider := settling(CREATED))
    desk.pacer = RefusingPacer()
    told = desk.take("create", a_task(stream_id=""), clock)
    assert (told.wait, told.creating) == (3, desk.records.attempts["r"])
    desk.pacer = ScriptedPacer()
    assert desk.take("create", a_task().replace(progress=told), clock).stream_id == "stream"
    assert len(provider.calls) == 2


@pytest.mark.parametrize("clear", [CapacityUnavailable("Full", "no room"), None])
def test_after_a_clear_answer_the_next_create_comes_as_planned(clear: Exception | None, clock: FakeClock) -> None:
    provider = settling(Progress(Status.PENDING), error=clear)
    desk, task = Desk(provider), a_task(stream_id="")
    for calls in (1, 2, 3):
        task = task.replace(progress=desk.take("create", task, clock))
        assert (task.progress.wait, len(provider.calls)) == (5, calls)


UNASKED = a_task(stream_id="", since=None).replace(create=True)


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED])
def test_no_stream_is_asked_for_before_what_it_runs_on_is_ready(status: Status, clock: FakeClock) -> None:
    desk = Desk(provider := ScriptedProvider(Progress(status)))
    report = desk.take("prepare", UNASKED, clock)
    assert (report.status, report.stream_id, report.prepared) == (status, "", False)
    assert [call[0] for call in provider.calls] == ["prepare"]


def test_where_nothing_has_to_be_waited_for_one_call_prepares_and_creates(clock: FakeClock) -> None:
    desk = Desk(provider := ScriptedProvider(Progress(Status.READY, stream_id="made")))
    report = desk.take("prepare", UNASKED, clock)
    assert (report.status, report.stream_id, report.wait) == (Status.READY, "made", 0)
    assert [call[0] for call in provider.calls] == ["prepare", "create"]


def test_an_execution_of_0_1_0_creates_by_a_state_of_its_own(clock: FakeClock) -> None:
    desk = Desk(provider := ScriptedProvider(Progress(Status.READY)))
    report = desk.take("prepare", UNASKED.replace(create=False), clock)
    assert (report.status, report.stream_id, report.ready_at) == (Status.READY, "", None)
    assert [call[0] for call in provider.calls] == ["prepare"]


def test_while_a_turn_to_create_is_waited_for_nothing_is_prepared_again(clock: FakeClock) -> None:
    """The flow goes by `prepared`."""
    desk = Desk(provider := ScriptedProvider(Progress(Status.READY, stream_id="made")), waits={"create": 5})
    first = desk.take("prepare", UNASKED, clock)
    assert (first.status, first.stream_id, first.wait, first.prepared) == (Status.PENDING, "", 5, True)
    second = desk.take("create", UNASKED.replace(progress=first), clock)
    assert (second.stream_id, second.wait, second.prepared) == ("", 5, True)
    desk.pacer.waits = {}
    assert desk.take("create", UNASKED.replace(progress=second), clock).stream_id == "made"
    assert [call[0] for call in provider.calls] == ["prepare", "create"]


@pytest.mark.parametrize("error", [CapacityUnavailable("Full", "no room"), EndpointUnreachable("away")])
def test_what_a_create_waits_for_needs_no_session_prepared_again(error: Exception, clock: FakeClock) -> None:
    desk = Desk(ScriptedProvider(error=error))
    report = desk.take("create", a_task(stream_id="", prepared=True), clock)
    assert (report.status, report.stream_id, report.prepared) == (Status.PENDING, "", True)


def test_for_how_long_a_url_is_asked_for_is_counted_by_one_clock(clock: FakeClock) -> None:
    """The function that creates may have another clock than the one that connects."""
    desk = Desk(ScriptedProvider(Progress(Status.READY, stream_id="made"), a_stream_url(600)))
    created = desk.take("prepare", UNASKED, FakeClock(clock.now - timedelta(minutes=5)))
    assert created.ready_at is None
    assert desk.take("look", a_task().replace(progress=created), clock).expires_at


def test_a_service_that_knows_the_client_token_is_asked_again_at_once(clock: FakeClock) -> None:
    provider = ScriptedProvider(error=MalformedAnswer("no words"))
    desk = Desk(provider)
    for _ in range(2):
        with pytest.raises(MalformedAnswer):
            desk.take("create", a_task(stream_id=""), clock)
    assert len(provider.calls) == 2


@pytest.mark.parametrize("renewal", [True, False])
def test_who_waits_for_another_s_create_keeps_no_place_in_the_queue(*, renewal: bool, clock: FakeClock) -> None:
    record = a_record(state=RequestState.READY, renewal=Renewal.ASKED) if renewal else a_record()
    desk, task = Desk(settling(CREATED), record), a_task(stream_id="", ticket="ticket", queued_at=NOW, since=NOW)
    task = of_a_renewal(task) if renewal else task
    desk.take("create", task, clock)
    told = desk.take("create", task, clock)
    assert told == task.progress.replace(wait=45, ticket="", queued_at=None, creating=desk.records.attempts["r"])


def test_who_waits_for_another_s_create_learns_that_nobody_waits_any_more(clock: FakeClock) -> None:
    desk = Desk(settling(CREATED), a_record(state=RequestState.CANCELLED))
    with pytest.raises(RequestEnded, match=r"^The request r has ended meanwhile"):
        desk.take("create", a_task(stream_id=""), clock)


def test_a_renewal_writes_beside_the_stream_that_expired(clock: FakeClock) -> None:
    record = a_record(state=RequestState.READY, renewal=Renewal.ASKED, stream_id="expired", stream=ANSWER)
    desk = Desk(starting(CREATED), record)
    desk.take("prepare", of_a_renewal(a_task()), clock)
    desk.take("create", of_a_renewal(a_task()), clock)
    assert (desk.record.fresh_started, desk.record.fresh_stream_id) == ("token", "stream")
    assert (desk.record.started, desk.record.stream_id, desk.record.stream) == (None, "expired", ANSWER)


def test_for_a_renewal_that_has_ended_nothing_is_created(clock: FakeClock) -> None:
    provider = ScriptedProvider(CREATED)
    desk = Desk(provider, a_record(state=RequestState.READY, renewal=Renewal.FAILED))
    with pytest.raises(RequestEnded):
        desk.take("create", of_a_renewal(a_task()), clock)
    assert provider.calls == []

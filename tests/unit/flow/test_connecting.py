"""GetStream, once the stream is ready: the URL is fetched as long as the stream's own time lasts, and locked away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.errors import (
    EndpointUnreachable,
    RecordUnavailable,
    RequestEnded,
    ServiceRefused,
    StreamNotReady,
    ThrottlingException,
    UrlExpired,
)
from greenroom.domain.values import Progress, Renewal, RequestState, Status, StreamUrl, Wait, Waiting
from greenroom.flow.payloads import ProgressReport, Task
from greenroom.flow.tasks import MANY_TURNS
from tests.support.examples import FIELDS, URL, a_flow, a_record, a_stream_url, a_task
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemoryStreamUrls, ScriptedPacer, ScriptedProvider

LOOK = ("describe", FIELDS, "stream", timedelta(0))
CONNECT = ("connect", FIELDS, "stream")


class Desk:
    """The task at a provider whose stream is ready, and has a URL unless it is given an error."""

    def __init__(self, error: Exception | None = None, progress: Progress | None = None, **waits: int) -> None:
        self.provider = ScriptedProvider(progress or Progress(Status.READY), a_stream_url())
        self.provider.connect_error = error
        self.stream_urls, self.pacer = InMemoryStreamUrls(), ScriptedPacer(**waits)
        self.records = self.stream_urls.records = InMemoryRecords(a_record())

    def get(self, task: Task, clock: FakeClock) -> ProgressReport:
        providers = {"nimble": self.provider}
        flow = a_flow(providers, self.records, clock, stream_urls=self.stream_urls, pacer=self.pacer)
        return flow.get_stream(task)


def ready(seconds_to_deadline: float = 900, **progress: Any) -> Task:
    """Make a task whose stream was ready at NOW."""
    return a_task(seconds_to_deadline, status=Status.READY, ready_at=NOW, **progress)


def test_the_url_goes_into_the_stream_urls_and_nowhere_else(clock: FakeClock) -> None:
    desk = Desk()
    told = desk.get(a_task(), clock).dump()
    assert desk.stream_urls.get("r") == a_stream_url()
    assert told["expiresAt"] == "2026-11-24T12:02:00Z"
    assert URL not in str(told)
    assert URL not in str(desk.records.records)
    assert desk.provider.calls == [LOOK, CONNECT]


def test_a_look_that_shows_the_url_too_is_enough(clock: FakeClock) -> None:
    desk = Desk(progress=Progress(Status.READY, url=a_stream_url(60)))
    assert desk.get(a_task(), clock).expires_at == NOW + timedelta(seconds=60)
    assert desk.provider.calls == [LOOK]


@pytest.mark.parametrize("url", [None, a_stream_url()])
def test_what_the_look_has_shown_is_kept_with_the_url(url: StreamUrl | None, clock: FakeClock) -> None:
    desk = Desk(progress=Progress(Status.READY, state="READY", url=url))
    clock.advance(3)
    desk.get(a_task(unnoted=2), clock)
    record = desk.records.records["r"]
    assert (record.looks, record.stream, record.waits) == (3, {"state": "READY"}, {Waiting.STREAM: Wait(NOW, 0, 3)})


def test_with_the_url_locked_away_nothing_is_waited_for_any_more(clock: FakeClock) -> None:
    task = ready(wait=7, ticket="ticket", queued_at=NOW, unanswered_since=NOW, since=NOW, waited=3, turns=2)
    told = Desk().get(task, clock)
    expires_at = NOW + timedelta(seconds=120)
    assert told == task.progress.replace(
        wait=0, ticket="", queued_at=None, unanswered_since=None, expires_at=expires_at
    )


def test_to_connect_is_a_turn_of_its_own(clock: FakeClock) -> None:
    desk = Desk()
    desk.get(a_task(ticket="of the look"), clock)
    assert desk.pacer.asked == [("nimble/look", NOW, "of the look"), ("nimble/connect", NOW, "")]


def test_the_url_of_a_renewal_is_kept_while_that_is_at_work(clock: FakeClock) -> None:
    desk, task = Desk(), a_task()
    desk.records = desk.stream_urls.records = InMemoryRecords(a_record(state=RequestState.READY, renewal=Renewal.ASKED))
    assert desk.get(task.replace(request=task.request.replace(renewal=True)), clock).expires_at


def test_the_deadline_does_not_count_once_the_stream_is_ready(clock: FakeClock) -> None:
    assert Desk().get(ready(-60), clock).expires_at


def test_what_was_seen_ready_is_not_looked_at_again(clock: FakeClock) -> None:
    desk = Desk()
    desk.get(ready(), clock)
    assert desk.provider.calls == [CONNECT]


def test_it_is_tried_as_long_as_the_stream_lasts(clock: FakeClock) -> None:
    clock.advance(119.999)
    assert Desk().get(ready(), clock).expires_at


def test_it_is_not_tried_when_the_stream_s_time_is_over(clock: FakeClock) -> None:
    clock.advance(120)
    desk = Desk()
    with pytest.raises(UrlExpired, match="its 120 s were over"):
        desk.get(ready(), clock)
    assert (desk.provider.calls, desk.stream_urls.urls) == ([], {})


@pytest.mark.parametrize("error", [StreamNotReady("Not yet"), ThrottlingException("Slowly")])
def test_that_it_is_ready_is_not_forgotten_with_an_error_of_the_same_call(error: Exception, clock: FakeClock) -> None:
    told = Desk(error).get(a_task(), clock)
    assert (told.status, told.ready_at, told.wait, told.expires_at) == (Status.READY, NOW, 0, None)


def test_a_refusal_is_final_at_once(clock: FakeClock) -> None:
    with pytest.raises(ServiceRefused):
        Desk(ServiceRefused("Gone", "It is gone")).get(a_task(), clock)


def test_later_errors_are_the_flow_s_to_retry(clock: FakeClock) -> None:
    desk = Desk(StreamNotReady("Stream stream is CREATE_IN_PROGRESS"))
    with pytest.raises(StreamNotReady):
        desk.get(ready(), clock)
    assert desk.stream_urls.urls == {}


@pytest.mark.parametrize("task", [a_task(), ready(-60)], ids=["just seen", "seen before"])
def test_a_turn_to_connect_is_waited_for_without_a_deadline(task: Task, clock: FakeClock) -> None:
    told = Desk(connect=40).get(task, clock)
    assert (told.status, told.ready_at, told.wait, told.ticket) == (Status.READY, NOW, 40, "ticket")


@pytest.mark.parametrize(("paced", "turns", "wait"), [(40, 3, 21), (1, 3, 1), (1, MANY_TURNS, 10)])
def test_a_turn_to_connect_is_counted_and_waited_for_until_the_stream_s_time_is_over(
    paced: int, turns: int, wait: int, clock: FakeClock
) -> None:
    clock.advance(100)
    task = ready(turns=turns)
    told = Desk(connect=paced).get(task, clock)
    assert told == task.progress.replace(wait=wait, ticket="ticket", queued_at=clock.now, turns=turns + 1)


def test_an_attempt_that_locked_the_url_away_and_could_not_say_so_makes_no_second_one(clock: FakeClock) -> None:
    desk = Desk()
    first = desk.get(a_task(), clock)
    again = desk.get(a_task(), clock)
    assert again.expires_at == first.expires_at
    assert desk.provider.calls.count(CONNECT) == 1


def test_for_how_long_a_url_is_asked_for_counts_from_the_first_time(clock: FakeClock) -> None:
    """A stream that was made ready was seen so by CreateStream, whose clock is another one."""
    task = a_task(status=Status.READY)
    for seconds in (0, 60):
        clock.now = NOW + timedelta(seconds=seconds)
        told = Desk(connect=3).get(task, clock)
        assert told.ready_at == NOW
        task = task.replace(progress=told)


def test_a_url_that_another_execution_has_locked_away_is_no_url_of_this_one(clock: FakeClock) -> None:
    desk = Desk()
    desk.stream_urls.put("r", a_stream_url(), "another token", renewal=False)
    desk.get(a_task(), clock)
    assert desk.provider.calls.count(CONNECT) == 1


def test_a_url_that_nobody_waits_for_any_more_is_not_kept(clock: FakeClock) -> None:
    desk = Desk()
    desk.stream_urls.ended.add("r")
    with pytest.raises(RequestEnded, match=r"^Request r has ended meanwhile, and its URL is not kept$"):
        desk.get(a_task(), clock)
    assert desk.stream_urls.get("r") is None


@pytest.mark.parametrize("url", [None, a_stream_url()])
def test_a_ready_stream_is_not_forgotten_because_its_url_cannot_be_kept_now(
    url: StreamUrl | None, clock: FakeClock
) -> None:
    desk = Desk(progress=Progress(Status.READY, url=url))
    desk.stream_urls = AwayStreamUrls()
    told = desk.get(a_task(10), clock)
    assert (told.status, told.ready_at, told.expires_at) == (Status.READY, NOW, None)
    clock.advance(60)  # past the deadline
    with pytest.raises(RecordUnavailable):
        desk.get(a_task(10).replace(progress=told), clock)
    desk.stream_urls = InMemoryStreamUrls()
    assert desk.get(a_task(10).replace(progress=told), clock).expires_at


@pytest.mark.parametrize("is_away", [True, False])
def test_a_ready_stream_whose_url_is_not_there_yet_is_noted_if_that_can_be(*, is_away: bool, clock: FakeClock) -> None:
    desk = Desk(StreamNotReady("no URL yet"))
    if is_away:
        desk.records = AwayRecords(a_record())
    told = desk.get(a_task(unnoted=2), clock)
    assert (told.status, told.expires_at) == (Status.READY, None)
    assert desk.records.records["r"].looks == (0 if is_away else 3)


def test_a_service_that_falls_silent_before_it_gives_the_url_is_waited_for(clock: FakeClock) -> None:
    desk = Desk(EndpointUnreachable("https://provider.example did not answer"))
    told = desk.get(ready(), clock)
    assert (told.status, told.ready_at, told.unanswered_since) == (Status.READY, NOW, NOW)
    assert 1 <= told.wait <= 2
    said = "The service does not answer since 2026-11-24T12:00:00Z: https://provider.example did not answer"
    assert told.detail == said
    desk.provider.connect_error = None
    assert desk.get(ready(), clock).expires_at


class AwayStreamUrls(InMemoryStreamUrls):
    """A table that is away."""

    def put(self, *_: object, **__: object) -> bool:
        raise RecordUnavailable("TransactWriteItems: the table is away")


class AwayRecords(InMemoryRecords):
    """As above."""

    def note_progress(self, *_: object, **__: object) -> bool:
        raise RecordUnavailable("UpdateItem: the table is away")

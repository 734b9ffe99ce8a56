"""ConnectStream: the URL is fetched as long as the stream's own time lasts, and locked away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom.domain.errors import StreamNotReady, UrlExpired
from greenroom.flow import tasks
from greenroom.flow.payloads import ConnectResult, Task
from greenroom.providers.nimble.fields import NimbleFields
from tests.support.examples import FIELDS, URL, a_stream_url, a_task
from tests.support.fakes import NOW, FakeClock, InMemoryStreamUrls, ScriptedProvider

LONG = NimbleFields(studioId="studio", sessionId="session", expirationInSeconds=3600)


class Desk:
    """A task that fetches a URL, from a provider that has one unless it is given an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.provider, self.stream_urls = ScriptedProvider(url=a_stream_url(), error=error), InMemoryStreamUrls()

    def connect(self, task: Task, clock: FakeClock) -> ConnectResult:
        providers = {"nimble": self.provider}
        return tasks.connect_stream(task, providers=providers, stream_urls=self.stream_urls, clock=clock)


def lasting(fields: NimbleFields) -> Task:
    """Make a task whose stream was ready at NOW."""
    task = a_task(ready_at=NOW)
    return task.model_copy(update={"request": task.request.model_copy(update={"fields": fields})})


def test_the_url_goes_into_the_stream_urls_and_nowhere_else(clock: FakeClock) -> None:
    desk = Desk()
    result = desk.connect(a_task(), clock).dump()
    assert desk.stream_urls.get("r") == a_stream_url()
    assert result == {"expiresAt": "2026-11-24T12:02:00Z"}
    assert URL not in str(result)
    assert desk.provider.calls == [("connect", FIELDS, "stream")]


def test_the_deadline_does_not_count_once_the_stream_is_ready(clock: FakeClock) -> None:
    assert Desk().connect(a_task(seconds_to_deadline=-60, ready_at=NOW), clock).expires_at


@pytest.mark.parametrize(("fields", "seconds"), [(FIELDS, 119.999), (LONG, 3599.999)], ids=["two minutes", "an hour"])
def test_it_is_tried_as_long_as_the_stream_lasts(fields: NimbleFields, seconds: float, clock: FakeClock) -> None:
    clock.advance(seconds)
    desk = Desk()
    desk.connect(lasting(fields), clock)
    assert desk.stream_urls.get("r")


@pytest.mark.parametrize(("fields", "seconds"), [(FIELDS, 120), (LONG, 3600)], ids=["two minutes", "an hour"])
def test_it_is_not_tried_when_the_stream_s_time_is_over(fields: NimbleFields, seconds: float, clock: FakeClock) -> None:
    clock.advance(seconds)
    desk = Desk()
    with pytest.raises(UrlExpired, match=f"its {seconds} s were over"):
        desk.connect(lasting(fields), clock)
    assert (desk.provider.calls, desk.stream_urls.urls) == ([], {})


def test_it_is_just_tried_when_nobody_says_since_when_the_stream_is_ready(clock: FakeClock) -> None:
    clock.now += timedelta(days=1)
    assert Desk().connect(a_task(), clock).expires_at


def test_what_the_provider_says_is_the_flow_s_to_retry(clock: FakeClock) -> None:
    desk = Desk(error=StreamNotReady("Stream stream is CREATE_IN_PROGRESS"))
    with pytest.raises(StreamNotReady):
        desk.connect(lasting(FIELDS), clock)
    assert desk.stream_urls.urls == {}

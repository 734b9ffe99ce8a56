"""Following a request: it is looked at when the API says so, and no oftener."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest

from greenroom_cli.client import Api
from greenroom_cli.errors import Refused
from greenroom_cli.follow import follow
from greenroom_cli.progress import Progress
from tests.support.fake_api import Answer, FakeApi, problem, view


class Words:
    """A screen that keeps what it is shown."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def show(self, progress: Progress) -> None:
        self.seen.append(progress.now.words)


def _no_pause(seconds: float) -> None:
    raise AssertionError(f"It waited for {seconds} s")


@pytest.fixture
def client(api: FakeApi) -> Api:
    return Api(boto3.Session("test", "test", region_name="us-west-2"), api.url)


def test_each_look_comes_after_as_long_as_the_api_says(api: FakeApi, client: Api) -> None:
    pending = [Answer(200, view(), {"Retry-After": pause}) for pause in ("7", "12")]
    api.will_answer("GET streams/r-1", *pending, Answer(200, view("ready")))
    pauses: list[float] = []
    screen = Words()

    found = follow(client, "r-1", screen=screen, sleep=pauses.append)

    assert (found["state"], pauses) == ("ready", [7, 12])
    assert screen.seen == ["waiting for nimble", "waiting for nimble", "ready"]


def test_a_look_comes_when_the_deadline_is_over_and_not_long_after(api: FakeApi, client: Api) -> None:
    pending = Answer(200, view(deadlineAt="2026-11-24T12:00:08Z"), {"Retry-After": "120"})
    api.will_answer("GET streams/r-1", pending, Answer(200, view("timed_out")))
    pauses: list[float] = []

    follow(
        client, "r-1", screen=Words(), clock=lambda: datetime(2026, 11, 24, 12, 0, 3, tzinfo=UTC), sleep=pauses.append
    )

    assert pauses == [6]


def test_a_request_that_has_ended_is_looked_at_once(api: FakeApi, client: Api) -> None:
    api.will_show(view("failed"))

    assert follow(client, "r-1", screen=Words(), sleep=_no_pause)["state"] == "failed"
    assert len(api.calls) == 1


def test_a_request_that_cannot_be_seen_ends_it(api: FakeApi, client: Api) -> None:
    api.will_answer("GET streams/r-1", Answer(200, view(), {"Retry-After": "0"}), problem(403, "The token has expired"))

    with pytest.raises(Refused, match="403: The token has expired"):
        follow(client, "r-1", screen=Words())

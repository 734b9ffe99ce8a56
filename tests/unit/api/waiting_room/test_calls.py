"""The calls of the waiting room, by the link of a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.api.views import Answer
from greenroom.api.waiting_room.calls import RoomCalls
from greenroom.domain.errors import LinkRefused, RequestConflict, StreamGone, UnknownRequest
from greenroom.domain.values import Failure, Renewal, RequestState, StreamUrl, Wait, Waiting
from greenroom.record.model import Record
from tests.support.examples import SCHEDULE, URL, a_body, a_link, a_record, a_stream_url
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemoryStreamUrls, PlainLinks

READY = a_record(state=RequestState.READY)
OPENED = replace(a_stream_url(), opened=True)
# What would tell a person, or anyone who sees the page, more than it is for.
PRIVATE = ("arn:", "studio", "session", "nimble", "ticket", "CREATE_FAILED", "The service")


class Unread(InMemoryRecords):
    """Records that nobody may read."""

    def get(self, request_id: str) -> Record | None:
        raise AssertionError(request_id)


class Room:
    """The room of request `r`, to which there is a link, made at NOW."""

    def __init__(self, record: Record | None = None, url: StreamUrl | None = None) -> None:
        self.records = InMemoryRecords(*([record] if record else []))
        self.stream_urls = InMemoryStreamUrls(**({"r": url} if url else {}))
        self.clock = FakeClock()
        self.told: list[str] = []
        self.authorization: str | None = "Bearer " + a_link(record or READY, NOW).url.split("#")[1]

    def show(self) -> dict[str, Any]:
        return dict(self._calls.show(self.authorization).body)

    def claim(self) -> Answer:
        return self._calls.claim(self.authorization)

    @property
    def _calls(self) -> RoomCalls:
        return RoomCalls(PlainLinks(), self.records, self.stream_urls, self.clock, self.told.append)


def a_failure(error: str) -> Record:
    failure = Failure(error, "The service said no", "CREATE_FAILED", "X")
    return a_record(a_body(metadata={"ticket": "A-17"}), state=RequestState.FAILED, failure=failure)


def test_the_id_of_the_request_is_told_to_the_logs_once_its_link_is_known_to_be_ours() -> None:
    room = Room(READY, a_stream_url())
    room.show()
    assert room.told == ["r"]
    room.authorization = "Bearer of-nobody"
    with pytest.raises(LinkRefused):
        room.show()
    assert room.told == ["r"]


def test_while_it_waits_the_room_shows_the_estimate_and_when_to_ask_again() -> None:
    room = Room(a_record(waits={Waiting.STREAM: Wait(NOW)}))
    room.clock.advance(2)
    assert room.show() == {
        "state": "pending",
        "now": "2026-11-24T12:00:02Z",
        "since": "2026-11-24T12:00:00Z",
        "readyAt": "2026-11-24T12:00:12Z",
        "latestReadyAt": "2026-11-24T12:00:25Z",
        "late": False,
        "retryAfter": 3,
    }


@pytest.mark.parametrize(("seconds", "late"), [(SCHEDULE.latest, False), (SCHEDULE.latest + 1, True)])
def test_it_is_late_when_nine_in_ten_would_be_ready(seconds: int, *, late: bool) -> None:
    room = Room(a_record())
    room.clock.advance(seconds)
    assert room.show()["late"] is late


def test_it_is_asked_again_soon_though_the_service_is_not() -> None:
    room = Room(a_record(schedules={"stream": {"looks": [600], "median": 600, "latest": 600}}))
    assert room.show()["retryAfter"] == 15


def test_a_stream_that_is_ready_shows_until_when_and_not_where() -> None:
    shown = Room(READY, a_stream_url()).show()
    assert (shown["state"], shown["expiresAt"], shown["retryAfter"]) == ("ready", "2026-11-24T12:02:00Z", 15)
    assert URL not in str(shown)


@pytest.mark.parametrize(
    ("record", "url", "state"),
    [
        (READY, OPENED, "opened"),
        (a_record(a_body(claim=True), state=RequestState.READY), None, "opened"),
        (replace(READY, expires_at=NOW), a_stream_url(), "expired"),
        (replace(READY, expires_at=NOW), OPENED, "expired"),
        (replace(READY, expires_at=NOW, renewal=Renewal.FAILED), a_stream_url(), "expired"),
        (a_failure("UrlExpired"), None, "expired"),
        (a_failure("StreamFailed"), None, "failed"),
        (a_record(state=RequestState.TIMED_OUT), None, "timed_out"),
        (a_record(state=RequestState.CANCELLED), None, "cancelled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_there_is_nothing_more_to_come_the_page_need_not_ask_again(
    record: Record, url: StreamUrl | None, state: str
) -> None:
    shown = Room(record, url).show()
    assert shown == {"state": state, "now": "2026-11-24T12:00:00Z", "since": "2026-11-24T12:00:00Z", "late": False}


def test_a_stream_that_is_made_afresh_is_waited_for_without_an_estimate() -> None:
    shown = Room(replace(READY, expires_at=NOW, renewal=Renewal.ASKED), a_stream_url()).show()
    assert (shown["state"], shown["retryAfter"]) == ("pending", 15)
    assert "readyAt" not in shown


@pytest.mark.parametrize(
    ("error", "reason"),
    [("ThrottlingException", "busy"), ("EndpointUnreachable", "unreachable"), ("MalformedAnswer", "unreachable")],
)
def test_why_there_is_no_stream_is_told_by_a_word_of_the_page(error: str, reason: str) -> None:
    assert Room(a_failure(error)).show()["reason"] == reason


def test_a_service_that_does_not_answer_is_no_secret_to_a_person_who_waits() -> None:
    assert Room(a_record(stream={"state": "EndpointUnreachable"})).show()["reason"] == "unreachable"
    assert "reason" not in Room(a_record(stream={"state": "CREATE_IN_PROGRESS"})).show()


@pytest.mark.parametrize("record", [a_record(a_body(metadata={"ticket": "A"})), READY, a_failure("StreamFailed")])
def test_the_room_names_nobody_and_nothing_of_the_service(record: Record) -> None:
    shown = str(Room(record, a_stream_url()).show())
    assert not [word for word in PRIVATE if word in shown]


def test_a_url_is_given_out_once_and_stays_for_the_owner() -> None:
    room = Room(READY, a_stream_url())
    assert room.claim().body == {"url": URL, "expiresAt": "2026-11-24T12:02:00Z"}
    with pytest.raises(StreamGone):
        room.claim()
    assert room.stream_urls.urls["r"] == OPENED
    assert room.show()["state"] == "opened"


def test_a_url_that_is_to_be_claimed_is_taken() -> None:
    room = Room(a_record(a_body(claim=True), state=RequestState.READY), a_stream_url())
    assert room.claim().body["url"] == URL
    assert room.stream_urls.urls == {}
    with pytest.raises(StreamGone):
        room.claim()


@pytest.mark.parametrize("claim", [True, False])
def test_a_url_that_has_expired_is_not_given_out_and_a_fresh_one_is(*, claim: bool) -> None:
    record = a_record(a_body(claim=claim), state=RequestState.READY, expires_at=NOW)
    room = Room(record, a_stream_url(0))
    with pytest.raises(StreamGone):
        room.claim()
    room.stream_urls.put("r", a_stream_url(), "token", renewal=False)
    room.records.records["r"] = replace(record, expires_at=a_stream_url().expires_at)
    assert room.claim().body["url"] == URL


@pytest.mark.parametrize("state", [state for state in RequestState if state is not RequestState.READY])
def test_without_a_stream_there_is_nothing_to_open(state: RequestState) -> None:
    with pytest.raises(RequestConflict):
        Room(a_record(state=state)).claim()


@pytest.mark.parametrize(
    "authorization",
    [
        *(None, "", "Bearer", "Bearer ", "Basic r.1795525200.0", "r.1795525200.0", "Bearer r.1.0", "Bearer other"),
        "Bearer r.9.0 x",
    ],
)
def test_who_has_no_link_is_refused_before_anything_is_read(authorization: str | None) -> None:
    room = Room(READY, a_stream_url())
    room.records, room.authorization = Unread(READY), authorization
    for call in (room.show, room.claim):
        with pytest.raises(LinkRefused):
            call()


def test_a_link_ends_and_is_then_refused() -> None:
    room = Room(READY, a_stream_url())
    room.clock.now = READY.expires_at or NOW
    with pytest.raises(LinkRefused):
        room.show()
    assert room.clock.now - NOW == timedelta(seconds=120)


@pytest.mark.parametrize("record", [a_record(), READY, a_failure("StreamFailed")], ids=lambda record: record.state)
def test_a_link_that_was_revoked_opens_nothing_and_a_new_one_does(record: Record) -> None:
    room = Room(record, a_stream_url())
    room.records.revoke_links("r")
    for call in (room.show, room.claim):
        with pytest.raises(LinkRefused, match="The link was revoked"):
            call()
    assert not room.stream_urls.urls["r"].opened
    room.authorization = "Bearer " + a_link(room.records.records["r"], NOW).url.split("#")[1]
    assert room.show()["state"] == record.state


def test_a_link_cannot_be_of_a_generation_to_come() -> None:
    room = Room(READY, a_stream_url())
    room.authorization = "Bearer r.1795525200.1"
    with pytest.raises(LinkRefused):
        room.show()


def test_of_a_request_that_is_no_more_there_is_nothing_to_tell() -> None:
    with pytest.raises(UnknownRequest):
        Room().show()

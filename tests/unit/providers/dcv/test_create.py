"""A session that Greenroom makes: one for a request, whatever gets lost, and waited for while no server has room."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import CapacityUnavailable, EndpointUnreachable, RequestEnded, ServiceRefused
from greenroom.domain.values import Progress, Status
from greenroom.providers.dcv.service import NEW_FOR, DcvSessions
from tests.support.fakes import FakeClock
from tests.unit.providers.dcv.sessions import NAME, TOKEN, Sessions, asked_by
from tests.unit.providers.starts import Starts


def test_a_new_session_needs_no_look_and_may_be_there_from_now_on(dcv: DcvSessions, sessions: Sessions) -> None:
    starts = Starts()
    assert dcv.prepare(asked_by(), TOKEN, starts) == Progress(Status.READY)
    assert starts.noted == 1
    with pytest.raises(RequestEnded):
        dcv.prepare(asked_by(), TOKEN, Starts(has_ended=True))
    assert sessions.calls("describeSessions") == 0


def test_a_session_is_made_for_its_owner_by_a_name_that_tells_the_request(dcv: DcvSessions, sessions: Sessions) -> None:
    progress = dcv.create(asked_by("STUDIO\\ada lovelace"), TOKEN)
    (made,) = sessions.of("STUDIO\\ada lovelace")
    assert (made["Name"], made["Type"], made["Id"]) == (NAME, "VIRTUAL", progress.stream_id)
    assert (progress.status, progress.state, progress.status_code) == (Status.PENDING, "CREATING", "SESSION_PLACING")
    assert progress.stream == {
        "streamId": made["Id"],
        "state": "CREATING",
        "statusCode": "SESSION_PLACING",
        "name": NAME,
        "ownedBy": "STUDIO\\ada lovelace",
        "sessionType": "VIRTUAL",
        "createdAt": "2026-11-24T12:00:00.000Z",
    }


def test_a_console_session_on_certain_servers_is_asked_for(dcv: DcvSessions, sessions: Sessions) -> None:
    dcv.create(asked_by(sessionType="CONSOLE", requirements="server:Host.Os.Family = 'linux'"), TOKEN)
    assert [session["Type"] for session in sessions.of()] == ["CONSOLE"]


def test_a_repeat_after_a_lost_answer_finds_the_session_that_was_made(dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.fail("createSessions", "LostResponse")
    with pytest.raises(EndpointUnreachable, match="did not answer"):
        dcv.create(asked_by(), TOKEN)
    found = dcv.create(asked_by(), TOKEN)
    assert [session["Id"] for session in sessions.of()] == [found.stream_id]


def test_another_request_of_the_same_owner_makes_another_session(dcv: DcvSessions, sessions: Sessions) -> None:
    first, other = dcv.create(asked_by(), TOKEN), dcv.create(asked_by(), "f" * 64)
    assert first.stream_id != other.stream_id
    assert len(sessions.of()) == 2


def test_a_session_is_found_on_any_page(dcv: DcvSessions, sessions: Sessions) -> None:
    for _ in range(3):
        sessions.make()
    made = dcv.create(asked_by(), TOKEN)
    sessions.behave(pageSize=1)
    assert dcv.create(asked_by(), TOKEN).stream_id == made.stream_id
    assert sessions.calls("createSessions") == 4


def test_a_request_whose_session_was_deleted_gets_no_second_one(
    dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock
) -> None:
    """An attempt that could not note what it made is repeated; brokers list deleted sessions for up to an hour."""
    made = dcv.create(asked_by(), TOKEN)
    sessions.delete(str(made.stream_id))
    broker_clock.advance(1)
    again = dcv.create(asked_by(), TOKEN)
    assert (again.stream_id, again.state, again.status) == (made.stream_id, "DELETED", Status.PENDING)
    assert [session["State"] for session in sessions.of()] == ["DELETED"]
    seen = dcv.describe(asked_by(), str(made.stream_id), NEW_FOR)
    assert (seen.status, seen.state) == (Status.FAILED, "DELETED")


def test_of_two_sessions_of_a_request_the_one_that_lives_is_taken(
    dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock
) -> None:
    gone = str(sessions.make(Name=NAME))
    lives = str(sessions.make(Name=NAME))
    sessions.delete(gone)
    broker_clock.advance(1)
    assert dcv.create(asked_by(), TOKEN).stream_id == lives


@pytest.mark.parametrize(
    "reason",
    [
        "no dcv server found for placement",
        "No DCV server found for placement with the requirements",
        "The create session queue is full",
        "The maximum number of sessions is reached",
    ],
)
def test_a_want_of_servers_is_waited_for(reason: str, dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.behave(failureReason=reason)
    with pytest.raises(CapacityUnavailable, match=reason) as caught:
        dcv.create(asked_by(), TOKEN)
    assert caught.value.name == "NoServerAvailable"
    sessions.behave()
    assert dcv.create(asked_by(), TOKEN).stream_id


def test_a_want_of_servers_leaves_nothing_in_the_broker_s_queue(dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.behave(serverAfterSeconds=None)
    with pytest.raises(CapacityUnavailable):
        dcv.create(asked_by(), TOKEN)
    assert sessions.of() == []


def test_an_unknown_owner_is_told_with_the_field_that_would_cure_it(dcv: DcvSessions) -> None:
    with pytest.raises(
        ServiceRefused, match=r"The user missing-1 does not exist .* \(check the field owner\)$"
    ) as caught:
        dcv.create(asked_by("missing-1"), TOKEN)
    assert caught.value.name == "SessionRefused"


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        ("Invalid requirements expression", "requirements"),
        ("Property server:Tag.instance is not known", "requirements"),
        ("virtual sessions are off here", "sessionType"),
        ("No", "owner or requirements or sessionType"),
    ],
)
def test_any_other_reason_is_told_with_the_field_that_would_cure_it(
    reason: str, field: str, dcv: DcvSessions, sessions: Sessions
) -> None:
    sessions.behave(failureReason=reason)
    with pytest.raises(ServiceRefused, match=rf"{reason} \(check the field {field}\)$"):
        dcv.create(asked_by(), TOKEN)

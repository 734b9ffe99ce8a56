"""Letting go: the session that Greenroom made is deleted, that of somebody else is not."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import EndpointUnreachable, ServiceFailed
from greenroom.providers.dcv.service import DcvSessions
from tests.support.fakes import FakeClock
from tests.unit.providers.dcv.sessions import NAME, TOKEN, Sessions, asked_by


def states(sessions: Sessions) -> list[str]:
    return [session["State"] for session in sessions.of()]


def test_a_session_that_was_made_is_deleted(dcv: DcvSessions, sessions: Sessions) -> None:
    other = sessions.make()
    made = dcv.create(asked_by(), TOKEN).stream_id
    dcv.release(asked_by(), made, TOKEN)
    assert {session["Id"]: session["State"] for session in sessions.of()} == {other: "CREATING", made: "DELETING"}


def test_a_session_whose_creation_was_lost_is_found_and_deleted(dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.fail("createSessions", "LostResponse")
    with pytest.raises(EndpointUnreachable):
        dcv.create(asked_by(), TOKEN)
    dcv.release(asked_by(), None, TOKEN)
    assert states(sessions) == ["DELETING"]


def test_every_session_that_was_made_for_the_request_is_deleted(dcv: DcvSessions, sessions: Sessions) -> None:
    """Two creates at once have made two, of which the flow knows one or none."""
    theirs = sessions.make()
    for known in (0, None):
        ours = [sessions.make(Name=NAME) for _ in range(2)]
        dcv.release(asked_by(), None if known is None else ours[known], TOKEN)
        assert {session["State"] for session in sessions.of() if session["Id"] in ours} == {"DELETING"}
    assert next(session["State"] for session in sessions.of() if session["Id"] == theirs) == "CREATING"


def test_a_session_that_the_list_does_not_have_yet_is_deleted_where_its_id_is_known(
    dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock
) -> None:
    sessions.behave(listedAfterSeconds=20)
    made = dcv.create(asked_by(), TOKEN).stream_id
    assert sessions.of() == []
    dcv.release(asked_by(), made, TOKEN)
    broker_clock.advance(20)
    assert states(sessions) == ["DELETED"]


def test_a_session_that_the_list_does_not_have_yet_is_found_by_a_later_release(
    dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock
) -> None:
    sessions.behave(listedAfterSeconds=dcv.settles_in)
    dcv.create(asked_by(), TOKEN)
    dcv.release(asked_by(), None, TOKEN)
    broker_clock.advance(dcv.settles_in)
    dcv.release(asked_by(), None, TOKEN)
    assert states(sessions) == ["DELETING"]


def test_a_session_that_cannot_be_deleted_holds_up_no_other(dcv: DcvSessions, sessions: Sessions) -> None:
    made = dcv.create(asked_by(), TOKEN).stream_id
    with pytest.raises(ServiceFailed, match="SessionNotDeleted"):
        dcv.release(asked_by(), sessions.make("bob"), TOKEN)
    assert {session["Id"]: session["State"] for session in sessions.of()} == {made: "DELETING"}


def test_where_none_was_made_there_is_nothing_to_delete(dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.make()
    dcv.release(asked_by(), None, TOKEN)
    assert states(sessions) == ["CREATING"]
    assert sessions.calls("deleteSessions") == 0


def test_a_session_that_is_gone_is_released(dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock) -> None:
    made = dcv.create(asked_by(), TOKEN).stream_id
    for wait in (0, 1, 3600):
        dcv.release(asked_by(), made, TOKEN)
        broker_clock.advance(wait)
    dcv.release(asked_by(), "never-there", TOKEN)
    assert states(sessions) == []


def test_a_session_that_the_request_named_stays(dcv: DcvSessions, sessions: Sessions) -> None:
    existing = sessions.make()
    dcv.release(asked_by(sessionId=existing), existing, TOKEN)
    dcv.release(asked_by(sessionId=existing), None, TOKEN)
    assert states(sessions) == ["CREATING"]


def test_a_session_that_cannot_be_deleted_is_a_failure_that_may_pass(dcv: DcvSessions, sessions: Sessions) -> None:
    with pytest.raises(ServiceFailed, match=r"did not delete session .*: The user bob is not the owner") as caught:
        dcv.release(asked_by("bob"), sessions.make(), TOKEN)
    assert caught.value.name == "SessionNotDeleted"

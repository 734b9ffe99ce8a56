"""The meaning of a session's states, and for how long the broker may be wrong about a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import Status
from greenroom.providers.dcv.service import NEW_FOR, UNKNOWN_FOR, DcvSessions
from tests.contract.support import Control
from tests.support.fakes import FakeClock
from tests.unit.providers.dcv.sessions import LATER, NOW_MADE, TOKEN, Sessions, asked_by

PENDING, READY, FAILED = Status.PENDING, Status.READY, Status.FAILED
SECOND = timedelta(seconds=1)


@pytest.fixture
def made(dcv: DcvSessions) -> str:
    """Return the id of a session that Greenroom made just now."""
    return str(dcv.create(asked_by(), TOKEN).stream_id)


def test_a_session_is_pending_until_it_is_ready(dcv: DcvSessions, made: str, broker_clock: FakeClock) -> None:
    for wait, status in ((0, PENDING), (2.9, PENDING), (0.1, READY)):
        broker_clock.advance(wait)
        assert dcv.describe(asked_by(), made, NOW_MADE).status is status


@pytest.mark.parametrize("substate", ["SESSION_PLACING", "PENDING_PREPARATION"])
def test_a_session_that_is_created_tells_its_substate(
    substate: str, dcv: DcvSessions, made: str, sessions: Sessions
) -> None:
    sessions.behave(readyAfterSeconds=None, substate=substate)
    progress = dcv.describe(asked_by(), made, LATER)
    assert (progress.status, progress.state, progress.status_code) == (PENDING, "CREATING", substate)


@pytest.mark.parametrize(
    ("state", "age", "status"),
    [
        ("READY", NOW_MADE, READY),
        ("READY", LATER, READY),
        ("DELETING", NEW_FOR - SECOND, PENDING),
        ("DELETING", NEW_FOR, FAILED),
        ("DELETED", NOW_MADE, PENDING),
        ("DELETED", NEW_FOR - SECOND, PENDING),
        ("DELETED", NEW_FOR, FAILED),
        ("UNKNOWN", NOW_MADE, PENDING),
        ("UNKNOWN", UNKNOWN_FOR - SECOND, PENDING),
        ("UNKNOWN", UNKNOWN_FOR, FAILED),
        ("HIBERNATING", LATER, PENDING),
        ("ready", LATER, PENDING),
    ],
    ids=str,
)
def test_a_session_is_as_far_as_its_state_and_its_age_say(  # noqa: PLR0917  # the cases' parts
    state: str, age: timedelta, status: Status, dcv: DcvSessions, made: str, sessions: Sessions
) -> None:
    sessions.behave(readyAfterSeconds=0, finalState=state, stateReason="Because")
    progress = dcv.describe(asked_by(), made, age)
    assert (progress.status, progress.state, progress.detail) == (status, state, "Because")
    assert progress.forgotten == (state == "UNKNOWN" and status is FAILED)
    assert (progress.stream_id, progress.stream["state"]) == (made, state)


@pytest.mark.parametrize(
    ("age", "status"), [(NOW_MADE, PENDING), (NEW_FOR - SECOND, PENDING), (NEW_FOR, FAILED)], ids=str
)
def test_a_new_session_may_be_missing_from_the_list_for_a_while(
    age: timedelta, status: Status, dcv: DcvSessions, made: str, sessions: Sessions
) -> None:
    sessions.behave(listedAfterSeconds=3600)
    progress = dcv.describe(asked_by(), made, age)
    assert (progress.status, progress.state, progress.stream_id) == (status, None, made)
    assert progress.detail == f"The broker knows no session {made}"
    assert progress.forgotten == (status is FAILED)


def test_a_session_that_the_broker_has_lost_sight_of_is_found_by_another_create(
    dcv: DcvSessions, made: str, sessions: Sessions
) -> None:
    sessions.behave(readyAfterSeconds=0, finalState="UNKNOWN")
    assert dcv.describe(asked_by(), made, LATER).forgotten
    again = dcv.create(asked_by(), TOKEN)
    assert (again.status, again.stream_id) == (PENDING, made)


def test_a_session_that_the_broker_has_forgotten_is_made_again(
    dcv: DcvSessions, made: str, sessions: Sessions, broker: Control
) -> None:
    broker.forget()  # as one does that is restarted, and keeps nothing outside of itself
    assert dcv.describe(asked_by(), made, LATER).forgotten
    again = dcv.create(asked_by(), TOKEN)
    assert [session["Id"] for session in sessions.of()] == [again.stream_id] != [made]


@pytest.mark.parametrize("behaviour", [{"sessionState": "DELETED"}, {"sessionState": "UNKNOWN"}, {}], ids=str)
def test_a_session_that_the_broker_was_wrong_about_gets_ready(
    behaviour: dict[str, Any], dcv: DcvSessions, made: str, sessions: Sessions, broker_clock: FakeClock
) -> None:
    sessions.behave(readyAfterSeconds=10, finalState="READY", listedAfterSeconds=5, **behaviour)
    seen = []
    for age in (0, 5, 10):
        seen.append(dcv.describe(asked_by(), made, timedelta(seconds=age)).status)
        broker_clock.advance(5)
    assert seen == [PENDING, PENDING, READY]


def test_an_early_deleted_at_its_creation_is_pending_too(dcv: DcvSessions, sessions: Sessions) -> None:
    sessions.behave(sessionState="DELETED", finalState="READY")
    progress = dcv.create(asked_by(), TOKEN)
    assert (progress.status, progress.state) == (PENDING, "DELETED")
    assert progress.stream_id

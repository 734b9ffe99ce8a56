"""A session that exists and that the request names: it is looked at, and must be its owner's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greenroom.domain.errors import ServiceRefused
from greenroom.domain.values import Status
from greenroom.providers.dcv.fields import DcvFields
from greenroom.providers.dcv.service import DcvSessions
from tests.support.fakes import FakeClock
from tests.unit.providers.dcv.sessions import TOKEN, Sessions, asked_by
from tests.unit.providers.starts import Starts, starting

Ask = Callable[[DcvSessions, DcvFields], object]
EACH = pytest.mark.parametrize(
    "ask",
    [lambda dcv, fields: dcv.prepare(fields, TOKEN, starting), lambda dcv, fields: dcv.create(fields, TOKEN)],
    ids=["prepare", "create"],
)


def test_a_session_that_exists_is_looked_at_and_nothing_is_made(dcv: DcvSessions, sessions: Sessions) -> None:
    existing = sessions.make()
    fields = asked_by(sessionId=existing)
    starts = Starts()
    prepared, created = dcv.prepare(fields, TOKEN, starts), dcv.create(fields, TOKEN)
    assert (prepared.status, prepared.state, starts.noted) == (Status.READY, "CREATING", 0)
    assert (created.status, created.stream_id) == (Status.PENDING, existing)
    assert sessions.calls("createSessions") == 1


def test_a_session_that_exists_and_ends_is_none(dcv: DcvSessions, sessions: Sessions, broker_clock: FakeClock) -> None:
    existing = sessions.make()
    sessions.delete(existing)
    broker_clock.advance(1)
    progress = dcv.prepare(asked_by(sessionId=existing), TOKEN, starting)
    assert (progress.status, progress.state) == (Status.FAILED, "DELETED")


@EACH
def test_a_session_that_the_broker_does_not_know_is_refused(ask: Ask, dcv: DcvSessions) -> None:
    with pytest.raises(ServiceRefused, match="no session unknown-1: sessionId must be") as caught:
        ask(dcv, asked_by(sessionId="unknown-1"))
    assert caught.value.name == "SessionNotFound"


@EACH
def test_a_session_of_another_owner_is_refused_and_its_owner_is_not_told(
    ask: Ask, dcv: DcvSessions, sessions: Sessions
) -> None:
    existing = sessions.make("grace")
    with pytest.raises(ServiceRefused, match="is not ada's: owner must be its owner, or sessionId") as caught:
        ask(dcv, asked_by("ada", sessionId=existing))
    assert caught.value.name == "NotTheOwner"
    assert "grace" not in str(caught.value)

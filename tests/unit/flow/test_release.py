"""A session that was started for a request without a stream is let go, or its record tells why it was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
    own_error,
)
from greenroom.domain.values import Failure, Renewal, RequestState
from greenroom.flow.release import TRIED_FOR, release
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Providers
from greenroom.record.model import Open, Record
from tests.support.examples import FIELDS, a_record
from tests.support.fakes import NOW, FakeClock, InMemoryHolders, InMemoryRecords, ScriptedProvider

REFUSED = ServiceRefused("AccessDeniedException", "not you")
PASSING = {
    "ThrottlingException": ThrottlingException("busy"),
    "EndpointUnreachable": EndpointUnreachable("no answer"),
    "MalformedAnswer": MalformedAnswer("no words"),
    "ServiceFailed": ServiceFailed("ConflictException", "It is START_IN_PROGRESS"),
}
EACH = pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)


def ended(**fields: Any) -> Record:
    """Make the record of a request that failed at NOW, an hour after it was made; its end is not announced yet."""
    of_its_end = {"state": RequestState.FAILED, "settled_at": NOW, "open": Open.UNANNOUNCED, "due_at": NOW}
    started = {"stream_id": "stream", "started": "token", "release_on_failure": True}
    return a_record(**{"created_at": NOW - timedelta(hours=1), **of_its_end, **started, **fields})


def asked_for(**fields: Any) -> tuple[Record, Record]:
    """Make the change by which the sweep asks for another release."""
    record = ended(**{"open": Open.RELEASING, **fields})
    return record, replace(record, due_at=NOW + timedelta(minutes=5))


class Desk:
    """A record that is released by a provider that raises an error, or none."""

    def __init__(self, error: Exception | None = None) -> None:
        self.provider, self.records = ScriptedProvider(error=error), InMemoryRecords()
        self.providers: Providers = {"nimble": self.provider}
        self.holders = InMemoryHolders()

    def release(self, record: Record, clock: FakeClock, before: Record | None = None) -> Failure | None:
        """Release after a change of the record, its end if it was no other."""
        self.records.records["r"] = record
        before = before or replace(record, state=RequestState.PENDING)
        ports = {"providers": self.providers, "records": self.records, "holders": self.holders}
        return release(before, record, **ports, clock=clock)  # type: ignore[arg-type]

    def release_again(self, clock: FakeClock, **fields: Any) -> Failure | None:
        """Release because the sweep asks for it."""
        before, record = asked_for(**fields)
        return self.release(record, clock, before)

    @property
    def open(self) -> Open | None:
        return self.records.records["r"].open


@pytest.mark.parametrize("stream_id", ["stream", None])
def test_the_provider_lets_go_what_is_left_and_knows_what_is_gone_already(
    stream_id: str | None, clock: FakeClock
) -> None:
    desk = Desk()
    assert desk.release(ended(stream_id=stream_id), clock) is None
    assert desk.provider.calls == [("release", FIELDS, stream_id, "token")]
    assert desk.records.release_failures == {}


def test_what_is_released_at_the_end_is_released_again_once_nothing_can_be_under_way(clock: FakeClock) -> None:
    desk = Desk()
    desk.release(ended(), clock)
    assert [desk.open, len(desk.provider.calls)] == [Open.UNANNOUNCED, 1]
    desk.release_again(clock)
    assert [desk.open, len(desk.provider.calls)] == [None, 2]


def test_what_came_to_be_after_the_end_is_released_too(clock: FakeClock) -> None:
    desk, record = Desk(), ended(open=Open.RELEASING)
    desk.release(replace(record, late=True), clock, record)
    assert (len(desk.provider.calls), desk.open) == (1, Open.RELEASING)


def test_any_other_change_of_a_request_that_is_to_be_released_releases_nothing(clock: FakeClock) -> None:
    desk, record = Desk(), ended(open=Open.RELEASING)
    desk.release(replace(record, delivered=frozenset({"sns"})), clock, record)
    assert desk.provider.calls == []


def test_a_renewal_that_failed_lets_go_what_was_started_for_it(clock: FakeClock) -> None:
    asked = replace(
        ended(state=RequestState.READY), renewal=Renewal.ASKED, fresh_started="again", fresh_stream_id="fresh"
    )
    desk = Desk()
    desk.release(replace(asked, renewal=Renewal.FAILED), clock, asked)
    assert desk.provider.calls == [("release", FIELDS, "fresh", "again")]


@pytest.mark.parametrize("fields", [{"started": None}, {"release_on_failure": False}, {"state": RequestState.READY}])
def test_what_was_not_started_or_is_used_or_is_not_to_be_released_stays(fields: Any, clock: FakeClock) -> None:
    desk = Desk()
    desk.release(ended(**fields), clock)
    assert desk.provider.calls == []


@pytest.mark.parametrize(("holder", "calls"), [(None, 1), ("token", 1), ("that of a later request", 0)])
def test_a_release_that_comes_late_stops_nothing_that_a_later_request_has_started(
    holder: str | None, calls: int, clock: FakeClock
) -> None:
    desk = Desk()
    if holder:
        desk.holders.take("nimble", "studio/session", holder)
    desk.release_again(clock, shared="studio/session")
    assert (len(desk.provider.calls), desk.open) == (calls, None)


def test_a_refusal_is_kept_in_the_record_and_told_once_by_the_service_s_own_name(clock: FakeClock) -> None:
    desk = Desk(REFUSED)
    assert desk.release(ended(), clock) == Failure("AccessDeniedException", "not you")
    assert desk.records.release_failures == {"r": Failure("AccessDeniedException", "not you")}
    assert desk.release_again(clock) is None
    assert desk.open is None


@EACH
@pytest.mark.parametrize("seconds", [0, TRIED_FOR.total_seconds() - 0.001])
def test_an_error_that_may_pass_is_raised_and_the_request_stays_to_be_released(
    seconds: float, error: ProviderError, clock: FakeClock
) -> None:
    clock.advance(seconds)
    desk = Desk(error)
    with pytest.raises(type(error)):
        desk.release_again(clock)
    assert (desk.records.release_failures, desk.open) == ({}, Open.RELEASING)


@EACH
@pytest.mark.parametrize("late_by", [0, 600])
def test_it_is_given_up_and_kept_when_repeating_is_no_use(
    late_by: float, error: ProviderError, clock: FakeClock
) -> None:
    clock.advance(TRIED_FOR.total_seconds() + late_by)
    desk = Desk(error)
    failure = desk.release_again(clock)
    assert failure == Failure(*own_error(type(error).__name__, str(error)))
    assert (desk.records.release_failures, desk.open) == ({"r": failure}, None)


def test_a_failure_of_the_service_that_is_given_up_is_told_by_the_service_s_own_name(clock: FakeClock) -> None:
    clock.advance(TRIED_FOR.total_seconds())
    failure = Desk(PASSING["ServiceFailed"]).release(ended(), clock)
    assert failure == Failure("ConflictException", "It is START_IN_PROGRESS")


def test_the_time_counts_from_the_request_when_nobody_knows_its_end(clock: FakeClock) -> None:
    clock.advance(TRIED_FOR.total_seconds() - 3600)
    assert Desk(PASSING["ThrottlingException"]).release(ended(settled_at=None), clock)


def test_the_time_of_a_renewal_counts_from_its_own_end(clock: FakeClock) -> None:
    """It may be renewed days after it was ready, where its letter is delivered again then."""
    clock.advance(3 * TRIED_FOR.total_seconds())
    ready = replace(ended(state=RequestState.READY), fresh_started="again", renewal=Renewal.ASKED)
    failed = replace(ready, renewal=Renewal.FAILED, renewal_ended_at=clock.now)
    with pytest.raises(ThrottlingException):
        Desk(PASSING["ThrottlingException"]).release(failed, clock, ready)
    clock.advance(TRIED_FOR.total_seconds())
    assert Desk(PASSING["ThrottlingException"]).release(failed, clock, ready)


def test_any_other_error_is_raised(clock: FakeClock) -> None:
    clock.advance(TRIED_FOR.total_seconds() * 2)
    with pytest.raises(KeyError):
        Desk(KeyError("a bug")).release(ended(), clock)


def test_a_provider_that_is_served_no_more_cannot_release_and_that_is_told(clock: FakeClock) -> None:
    desk = Desk()
    desk.providers = ConnectedProviders(["other"], lambda _name: ScriptedProvider())
    failure = desk.release(ended(), clock)
    assert failure == Failure("ProviderNotEnabled", "This deployment does not serve nimble any more; it serves other")
    assert desk.records.release_failures == {"r": failure}

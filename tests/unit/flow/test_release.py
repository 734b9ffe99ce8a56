"""A session that was started for a request without a stream is let go, or its record tells why it was not."""

from __future__ import annotations

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
from greenroom.domain.values import Failure, RequestState
from greenroom.flow.release import TRIED_FOR, release
from greenroom.providers.connected import ConnectedProviders
from greenroom.record.model import Record
from tests.support.examples import FIELDS, a_record
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, ScriptedProvider

REFUSED = ServiceRefused("AccessDeniedException", "not you")
PASSING = {
    "ThrottlingException": ThrottlingException("busy"),
    "EndpointUnreachable": EndpointUnreachable("no answer"),
    "MalformedAnswer": MalformedAnswer("no words"),
    "ServiceFailed": ServiceFailed("ConflictException", "It is START_IN_PROGRESS"),
}
EACH = pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)


def ended(**fields: Any) -> Record:
    """Make the record of a request that failed at NOW, an hour after it was made."""
    created_at = NOW - timedelta(hours=1)
    fields = {"created_at": created_at, "settled_at": NOW, "stream_id": "stream", "started": "token", **fields}
    return a_record(state=RequestState.FAILED, **fields)


class Desk:
    """A record that is released by a provider that raises an error, or none."""

    def __init__(self, error: ProviderError | None = None) -> None:
        self.provider, self.records = ScriptedProvider(error=error), InMemoryRecords()

    def release(self, record: Record, clock: FakeClock) -> Failure | None:
        return release(record, providers={"nimble": self.provider}, records=self.records, clock=clock)


@pytest.mark.parametrize("stream_id", ["stream", None])
def test_the_provider_lets_go_what_is_left_and_knows_what_is_gone_already(
    stream_id: str | None, clock: FakeClock
) -> None:
    desk = Desk()
    assert desk.release(ended(stream_id=stream_id), clock) is None
    assert desk.provider.calls == [("release", FIELDS, stream_id, "token")]
    assert desk.records.release_failures == {}


def test_a_refusal_is_kept_in_the_record_and_told_by_the_service_s_own_name(clock: FakeClock) -> None:
    desk = Desk(REFUSED)
    assert desk.release(ended(), clock) == Failure("AccessDeniedException", "not you")
    assert desk.records.release_failures == {"r": Failure("AccessDeniedException", "not you")}


@EACH
@pytest.mark.parametrize("seconds", [0, TRIED_FOR.total_seconds() - 0.001])
def test_an_error_that_may_pass_is_raised_so_that_the_change_is_repeated(
    seconds: float, error: ProviderError, clock: FakeClock
) -> None:
    clock.advance(seconds)
    desk = Desk(error)
    with pytest.raises(type(error)):
        desk.release(ended(), clock)
    assert desk.records.release_failures == {}


@EACH
@pytest.mark.parametrize("late_by", [0, 600])
def test_it_is_given_up_and_kept_when_repeating_is_no_use(
    late_by: float, error: ProviderError, clock: FakeClock
) -> None:
    clock.advance(TRIED_FOR.total_seconds() + late_by)
    desk = Desk(error)
    failure = desk.release(ended(), clock)
    assert failure == Failure(*own_error(type(error).__name__, str(error)))
    assert desk.records.release_failures == {"r": failure}


def test_a_failure_of_the_service_that_is_given_up_is_told_by_the_service_s_own_name(clock: FakeClock) -> None:
    clock.advance(TRIED_FOR.total_seconds())
    failure = Desk(PASSING["ServiceFailed"]).release(ended(), clock)
    assert failure == Failure("ConflictException", "It is START_IN_PROGRESS")


def test_what_is_given_up_is_given_up_while_lambda_still_repeats_it() -> None:
    assert timedelta(0) < TRIED_FOR < timedelta(hours=1)


def test_the_time_counts_from_the_request_when_nobody_knows_its_end(clock: FakeClock) -> None:
    assert Desk(PASSING["ThrottlingException"]).release(ended(settled_at=None), clock)


def test_any_other_error_is_raised(clock: FakeClock) -> None:
    clock.advance(TRIED_FOR.total_seconds() * 2)
    desk = Desk()
    desk.provider.error = KeyError("a bug")
    with pytest.raises(KeyError):
        desk.release(ended(), clock)


def test_a_provider_that_is_served_no_more_cannot_release_and_that_is_told(clock: FakeClock) -> None:
    records = InMemoryRecords()
    served = ConnectedProviders(["other"], lambda _name: ScriptedProvider())
    failure = release(ended(), providers=served, records=records, clock=clock)
    assert failure == Failure("ProviderNotEnabled", "This deployment does not serve nimble any more; it serves other")
    assert records.release_failures == {"r": failure}

"""Links to the waiting room: for how long, and of what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import Renewal, RequestState
from greenroom.record.links import link_expiry
from tests.support.examples import API_URL, a_link, a_record
from tests.support.fakes import NOW

HOUR = 3600
# The deadline of a request that does not say, and the time after it in which a URL is still asked for.
DEADLINE, CONNECT = 900, 120


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, DEADLINE + CONNECT + HOUR),
        ({"state": RequestState.READY}, 120),
        ({"state": RequestState.READY, "expires_at": NOW - timedelta(seconds=1)}, HOUR),
        ({"state": RequestState.READY, "expires_at": NOW}, HOUR),
        ({"state": RequestState.READY, "expires_at": NOW, "renewal": Renewal.ASKED}, DEADLINE + HOUR),
        ({"state": RequestState.READY, "expires_at": NOW, "renewal": Renewal.FAILED}, HOUR),
        *(({"state": state}, HOUR) for state in (RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED)),
    ],
    ids=str,
)
def test_a_link_lasts_as_long_as_there_is_something_to_see(fields: dict[str, Any], seconds: int) -> None:
    assert link_expiry(a_record(**fields), NOW) == NOW + timedelta(seconds=seconds)


def test_a_link_of_a_request_that_waits_ends_at_the_same_moment_whenever_it_is_made() -> None:
    assert link_expiry(a_record(), NOW) == link_expiry(a_record(), NOW + timedelta(seconds=800))


def test_the_token_is_in_the_fragment_which_no_server_gets() -> None:
    link = a_link(a_record(), NOW)
    page, token = link.url.split("#")
    assert page == f"{API_URL}waiting-room"
    assert token.startswith("r.")
    assert link.as_dict() == {"url": link.url, "expiresAt": "2026-11-24T13:17:00Z"}


def test_a_link_is_not_shown_by_chance() -> None:
    assert "#" not in repr(a_link(a_record(), NOW))

"""An outage: for some seconds, every call of every operation ends in the same way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.contract.services import TOKEN, Api, with_client_tokens
from tests.contract.support import Control, FakeClock, connect

NOT_FOUND = "ResourceNotFoundException"


def _ends(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except ConnectionClosedError:
        return "closed"
    return "ok"


@pytest.mark.parametrize(
    ("error", "seen"), [(NOT_FOUND, NOT_FOUND), ("ConnectionReset", "closed"), ("LostResponse", "closed")]
)
def test_every_call_of_every_operation_ends_so_until_the_outage_is_over(
    error: str, seen: str, control: Control, api: Api, clock: FakeClock
) -> None:
    control.session("s", readyAfterSeconds=0)
    control.outage(30, error)
    assert [_ends(api.look), _ends(lambda: api.look("other")), _ends(api.make)] == [seen] * 3
    clock.advance(29.9)
    assert _ends(api.look) == seen
    clock.advance(0.1)
    assert _ends(api.look) == "ok"


def test_nobody_is_answered_in_an_outage_of_time_outs(control: Control, url: str, api: Api) -> None:
    control.outage(30, "Timeout")
    impatient = Api(api.service, connect(url, api.service.name, read_timeout=0.3))
    with pytest.raises(ReadTimeoutError):
        impatient.look()


def test_an_outage_comes_before_a_planned_fault_whose_calls_are_counted_all_the_same(
    control: Control, api: Api, clock: FakeClock
) -> None:
    fault = {"operation": api.service.looks, "calls": [1, 3], "error": NOT_FOUND}
    control.session("s", faults=[fault])
    control.outage(30, "ConnectionReset")
    assert _ends(api.look) == "closed"
    clock.advance(30)
    assert [_ends(api.look), _ends(api.look), _ends(api.look)] == ["ok", NOT_FOUND, "ok"]


@with_client_tokens
def test_what_was_done_in_an_outage_of_lost_answers_is_done(control: Control, api: Api, clock: FakeClock) -> None:
    control.outage(30, "LostResponse")
    assert _ends(lambda: api.make(token=TOKEN)) == "closed"
    (lost,) = control.calls()
    clock.advance(30)
    assert api.service.stream_id(api.make(token=TOKEN)) == lost["streamId"]


def test_a_new_outage_replaces_the_earlier_one_and_one_of_no_seconds_ends_it(control: Control, api: Api) -> None:
    control.outage(30, "ConnectionReset")
    control.outage(30, NOT_FOUND)
    assert _ends(api.look) == NOT_FOUND
    control.outage(0, NOT_FOUND)
    assert _ends(api.look) == "ok"


def test_an_outage_is_forgotten_with_everything_else(control: Control, api: Api) -> None:
    control.outage(30, "ConnectionReset")
    control.forget()
    assert _ends(api.look) == "ok"

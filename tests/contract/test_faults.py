"""Faults, made on purpose."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.contract.conformance import Witness
from tests.contract.services import TOKEN, Api, Service, with_client_tokens
from tests.contract.support import Control, connect

NOT_FOUND = "ResourceNotFoundException"


def _fault(operation: str, error: str, **calls: object) -> dict[str, object]:
    return {"operation": operation, "error": error, **(calls or {"call": 1})}


def _statuses(control: Control) -> list[int | None]:
    return [call["status"] for call in control.calls()]


def _outcomes(call: Callable[[], object], count: int) -> list[str]:
    outcomes = []
    for _ in range(count):
        try:
            call()
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    return outcomes


def _nothing_was_made(api: Api) -> bool:
    """Use the client token with other parameters.

    Nimble Studio refuses a used one then, and GameLift Streams answers as it did at first.
    """
    return bool(api.make(token=TOKEN, **api.service.other).get("UsageLimit", 2) == 2)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ({"call": 2}, ["ok", "ThrottlingException", "ok"]),
        ({"calls": [1, 3]}, ["ThrottlingException", "ok", "ThrottlingException"]),
        ({"call": "*"}, ["ThrottlingException"] * 3),
    ],
)
def test_a_fault_breaks_the_calls_it_names(
    calls: dict[str, object], expected: list[str], control: Control, api: Api
) -> None:
    control.session("s", faults=[_fault(api.service.looks, "ThrottlingException", **calls)])
    assert _outcomes(api.look, 3) == expected


def test_calls_are_counted_for_each_key_and_operation(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault(api.service.looks, NOT_FOUND, call=2)])
    api.look()
    api.look("other")
    api.make()
    assert _outcomes(api.look, 2) == [NOT_FOUND, "ok"]


def test_setting_a_key_again_counts_its_calls_from_one(control: Control, api: Api) -> None:
    api.look()
    control.session("s", faults=[_fault(api.service.looks, NOT_FOUND)])
    assert _outcomes(api.look, 2) == [NOT_FOUND, "ok"]


def test_a_refused_call_did_nothing(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault(api.service.makes, NOT_FOUND)])
    assert _outcomes(lambda: api.make(token=TOKEN), 1) == [NOT_FOUND]
    assert _nothing_was_made(api)
    assert _statuses(control) == [404, api.service.made]


def test_a_lost_response_is_no_answer(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault(api.service.makes, "LostResponse")])
    with pytest.raises(ConnectionClosedError):
        api.make()
    assert api.make()
    assert _statuses(control) == [None, api.service.made]


@with_client_tokens
def test_a_lost_response_did_what_it_was_asked(control: Control, api: Api) -> None:
    control.session("s", faults=[_fault(api.service.makes, "LostResponse")])
    with pytest.raises(ConnectionClosedError):
        api.make(token=TOKEN)
    (lost,) = control.calls()
    assert api.service.stream_id(api.make(token=TOKEN)) == lost["streamId"]


def test_a_connection_reset_did_nothing(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault(api.service.makes, "ConnectionReset")])
    with pytest.raises(ConnectionClosedError):
        api.make(token=TOKEN)
    assert _nothing_was_made(api)
    assert _statuses(control) == [None, api.service.made]


def test_a_connection_reset_is_a_tcp_reset(control: Control, url: str, service: Service) -> None:
    control.session("s", faults=[_fault(service.looks, "ConnectionReset")])
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(service.raw_look.encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_timeout_answers_nothing_and_does_nothing(control: Control, url: str, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault(api.service.makes, "Timeout")])
    impatient = Api(api.service, connect(url, api.service.name, read_timeout=0.3))
    with pytest.raises(ReadTimeoutError):
        impatient.make(token=TOKEN)
    assert _nothing_was_made(api)
    assert _statuses(control) == [None, api.service.made]


def test_a_malformed_answer_is_no_json_and_shows_the_url(control: Control, api: Api, witness: Witness) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault(api.service.makes, "Malformed")])
    answer = api.make()
    assert answer.keys() == {"ResponseMetadata"}
    assert witness.take() == ["the body is not JSON"]
    assert b"https://" in witness.last_body
    assert _statuses(control) == [200]


@with_client_tokens
def test_a_malformed_answer_to_a_call_that_makes_something_still_makes_it(
    control: Control, api: Api, witness: Witness
) -> None:
    control.session("s", faults=[_fault(api.service.makes, "Malformed")])
    api.make(token=TOKEN)
    assert witness.take() == ["the body is not JSON"]
    assert api.service.stream_id(api.make(token=TOKEN)) == control.calls()[0]["streamId"]

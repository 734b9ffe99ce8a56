"""Faults, made on purpose."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.contract.conformance import Witness
from tests.contract.support import Control, NimbleClient, connect

Create = Callable[..., dict[str, Any]]
HERE = {"studioId": "studio", "sessionId": "s"}


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
        except Exception as error:  # noqa: BLE001  # whatever the client raises is the outcome
            outcomes.append(type(error).__name__)
    return outcomes


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ({"call": 2}, ["ok", "ThrottlingException", "ok"]),
        ({"calls": [1, 3]}, ["ThrottlingException", "ok", "ThrottlingException"]),
        ({"call": "*"}, ["ThrottlingException"] * 3),
    ],
)
def test_a_fault_breaks_the_calls_it_names(
    calls: dict[str, object], expected: list[str], control: Control, client: NimbleClient
) -> None:
    control.session("s", faults=[_fault("GetStreamingSession", "ThrottlingException", **calls)])
    assert _outcomes(lambda: client.get_streaming_session(**HERE), 3) == expected


def test_calls_are_counted_for_each_session_and_operation(
    control: Control, client: NimbleClient, create: Create
) -> None:
    control.session("s", faults=[_fault("GetStreamingSession", "AccessDeniedException", call=2)])
    client.get_streaming_session(**HERE)
    client.get_streaming_session(studioId="studio", sessionId="other")
    create()
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_streaming_session(**HERE)


def test_setting_a_session_again_counts_its_calls_from_one(control: Control, client: NimbleClient) -> None:
    client.get_streaming_session(**HERE)
    control.session("s", faults=[_fault("GetStreamingSession", "AccessDeniedException")])
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_streaming_session(**HERE)


def test_a_refused_call_did_nothing(control: Control, client: NimbleClient, create: Create) -> None:
    control.session("s", faults=[_fault("CreateStreamingSessionStream", "InternalServerErrorException")])
    with pytest.raises(client.exceptions.InternalServerErrorException):
        create(clientToken="token")
    assert create(clientToken="token", expirationInSeconds=99)["state"] == "CREATE_IN_PROGRESS"
    assert _statuses(control) == [500, 200]


def test_a_lost_response_did_what_it_was_asked(control: Control, create: Create) -> None:
    control.session("s", faults=[_fault("CreateStreamingSessionStream", "LostResponse")])
    with pytest.raises(ConnectionClosedError):
        create(clientToken="token")
    (lost,) = control.calls()
    assert lost["status"] is None
    assert create(clientToken="token")["streamId"] == lost["streamId"]


def test_a_connection_reset_did_nothing(control: Control, create: Create) -> None:
    control.session("s", faults=[_fault("CreateStreamingSessionStream", "ConnectionReset")])
    with pytest.raises(ConnectionClosedError):
        create(clientToken="token")
    assert create(clientToken="token", expirationInSeconds=99)
    assert _statuses(control) == [None, 200]


def test_a_connection_reset_is_a_tcp_reset(control: Control, url: str) -> None:
    control.session("s", faults=[_fault("GetStreamingSession", "ConnectionReset")])
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(b"GET /2020-08-01/studios/studio/streaming-sessions/s HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_timeout_answers_nothing_and_does_nothing(control: Control, url: str, create: Create) -> None:
    control.session("s", faults=[_fault("CreateStreamingSessionStream", "Timeout")])
    impatient = connect(url, read_timeout=0.3)
    with pytest.raises(ReadTimeoutError):
        impatient.create_streaming_session_stream(**HERE, clientToken="token")
    assert create(clientToken="token", expirationInSeconds=99)
    assert _statuses(control) == [None, 200]


def test_a_malformed_answer_is_no_json_and_shows_the_url(
    control: Control, client: NimbleClient, create: Create, witness: Witness, url: str
) -> None:
    control.session("s", readyAfterSeconds=0, faults=[_fault("GetStreamingSessionStream", "Malformed", calls=[1, 2])])
    stream = create()
    answer = client.get_streaming_session_stream(**HERE, streamId=stream["streamId"])
    assert "stream" not in answer
    assert witness.take() == ["the body is not JSON"]

    path = f"{url}/2020-08-01/studios/studio/streaming-sessions/s/streams/{stream['streamId']}"
    raw = urllib3.request("GET", path)
    assert raw.status == 200
    assert stream["url"].encode() in raw.data
    assert _statuses(control) == [200, 200, 200]


def test_a_malformed_create_still_creates(control: Control, create: Create, witness: Witness) -> None:
    control.session("s", faults=[_fault("CreateStreamingSessionStream", "Malformed")])
    with pytest.raises(KeyError):
        create(clientToken="token")
    assert witness.take() == ["the body is not JSON"]
    assert create(clientToken="token")["streamId"] == control.calls()[0]["streamId"]

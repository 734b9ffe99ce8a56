"""The control calls: limits, the list of calls, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from tests.contract.support import Control, FakeClock, NimbleClient

HERE = {"studioId": "studio", "sessionId": "s"}


def _admitted(client: NimbleClient, count: int) -> int:
    admitted = 0
    for _ in range(count):
        try:
            client.get_streaming_session(**HERE)
            admitted += 1
        except client.exceptions.ThrottlingException as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429  # noqa: PT017  # one of two outcomes
    return admitted


def test_calls_beyond_the_burst_are_throttled_until_the_bucket_refills(
    control: Control, client: NimbleClient, clock: FakeClock
) -> None:
    control.limits(GetStreamingSession={"ratePerSecond": 2, "burst": 3})
    assert _admitted(client, 5) == 3
    clock.advance(0.5)
    assert _admitted(client, 2) == 1
    clock.advance(60)
    assert _admitted(client, 5) == 3


def test_a_limit_is_for_one_operation_only(
    control: Control, client: NimbleClient, create: Callable[..., dict[str, Any]]
) -> None:
    control.limits(GetStreamingSession={"ratePerSecond": 0, "burst": 1})
    assert _admitted(client, 2) == 1
    assert create()


def test_new_limits_replace_all_earlier_ones(control: Control, client: NimbleClient) -> None:
    control.limits(GetStreamingSession={"ratePerSecond": 0, "burst": 1})
    control.limits()
    assert _admitted(client, 3) == 3


def test_a_planned_fault_comes_before_the_limits(control: Control, client: NimbleClient) -> None:
    control.limits(GetStreamingSession={"ratePerSecond": 0, "burst": 1})
    fault = {"operation": "GetStreamingSession", "call": 1, "error": "AccessDeniedException"}
    control.session("s", faults=[fault])
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_streaming_session(**HERE)
    assert _admitted(client, 2) == 1


def test_the_calls_are_listed_with_what_they_were_answered(
    control: Control, client: NimbleClient, create: Callable[..., dict[str, Any]], clock: FakeClock
) -> None:
    created = create(clientToken="token")
    at = clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    clock.advance(1)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_streaming_session_stream(studioId="studio", sessionId="t", streamId="none")
    first, second = control.calls()
    assert first == {
        "at": at,
        "operation": "CreateStreamingSessionStream",
        "sessionId": "s",
        "streamId": created["streamId"],
        "clientToken": "token",
        "status": 200,
    }
    assert (second["streamId"], second["clientToken"], second["status"]) == ("none", None, 404)
    assert second["at"] > first["at"]
    assert control.calls("?sessionId=t") == [second]
    assert control.calls("?sessionId=u") == []


def test_throttled_and_invalid_calls_are_listed_too(control: Control, client: NimbleClient) -> None:
    control.limits(CreateStreamingSessionStream={"ratePerSecond": 0, "burst": 1})
    for _ in range(2):
        with pytest.raises(client.exceptions.ClientError):
            client.create_streaming_session_stream(**HERE, expirationInSeconds=1)
    assert [call["status"] for call in control.calls()] == [400, 429]


def test_no_listed_call_holds_a_url(control: Control, create: Callable[..., dict[str, Any]]) -> None:
    control.session("s", readyAfterSeconds=0)
    assert create()["url"] not in str(control.calls())


def test_everything_can_be_forgotten(
    control: Control, client: NimbleClient, create: Callable[..., dict[str, Any]]
) -> None:
    control.session("s", readyAfterSeconds=0)
    control.limits(GetStreamingSession={"ratePerSecond": 0, "burst": 1})
    before = create(clientToken="token")
    control.forget()
    assert control.calls() == []
    after = create(clientToken="token")
    assert after["state"] == "CREATE_IN_PROGRESS"
    assert after["streamId"] != before["streamId"]
    assert _admitted(client, 2) == 2


def test_a_setting_is_answered_in_full(control: Control) -> None:
    answer = control.put("sessions/s", {"finalState": "CREATE_FAILED"}).json()
    assert answer["finalState"] == "CREATE_FAILED"
    assert (answer["sessionState"], answer["readyAfterSeconds"], answer["faults"]) == ("READY", 3, [])


def test_an_answered_setting_can_be_set_again(control: Control) -> None:
    faults = [{"operation": "GetStudio", "error": "Timeout", "calls": [1, 2]}]
    answer = control.put("sessions/s", {"readyAfterSeconds": None, "faults": faults}).json()
    assert control.put("sessions/s", answer).json() == answer


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("sessions/s", {"readyAfterSeconds": "3", "colour": 1}, ["readyAfterSeconds", "colour"]),
        ("sessions/s", {"readyAfterSeconds": -1, "url": "no"}, ["readyAfterSeconds", "url"]),
        ("sessions/s", {"readyAfterSeconds": 1e300, "finalState": ""}, ["readyAfterSeconds", "finalState"]),
        ("sessions/s", {"faults": [{"operation": "X", "call": 0, "error": "Y"}]}, ["operation", "error", "call"]),
        ("sessions/s", {"faults": [{"operation": "GetStudio", "error": "Timeout"}]}, [""]),
        ("sessions/s", [], ["body"]),
        ("limits", {"GetStudio": {"ratePerSecond": -1, "burst": 0}}, ["GetStudio.ratePerSecond", "GetStudio.burst"]),
        ("limits", {"Bogus": {"ratePerSecond": 1, "burst": 1}}, ["Bogus"]),
    ],
)
def test_bad_control_input_is_refused_field_by_field(
    path: str, body: object, fields: list[str], control: Control
) -> None:
    answer = control.put(path, body)
    assert answer.status == 400
    found = [error["field"].removeprefix("faults[0]").removeprefix(".") for error in answer.json()["errors"]]
    assert found == fields
    assert all(error["detail"] for error in answer.json()["errors"])


def test_a_control_body_that_is_no_json_is_refused(url: str) -> None:
    answer = urllib3.request("PUT", f"{url}/_simulator/sessions/s", body=b"{")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "body")

"""The control calls: limits, the list of calls, and what they refuse."""

from __future__ import annotations

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.contract.services import NIMBLE, TOKEN, Api, Service, with_client_tokens
from tests.contract.support import Control, FakeClock


def _admitted(api: Api, count: int) -> int:
    admitted = 0
    for _ in range(count):
        try:
            api.look()
            admitted += 1
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            assert (error.response["Error"]["Code"], status) == api.service.throttled  # noqa: PT017  # one of two outcomes
    return admitted


def test_calls_beyond_the_burst_are_throttled_until_the_bucket_refills(
    control: Control, api: Api, clock: FakeClock
) -> None:
    control.limits(**{api.service.looks: {"ratePerSecond": 2, "burst": 3}})
    assert _admitted(api, 5) == 3
    clock.advance(0.5)
    assert _admitted(api, 2) == 1
    clock.advance(60)
    assert _admitted(api, 5) == 3


def test_a_limit_is_for_one_operation_only(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0)
    control.limits(**{api.service.looks: {"ratePerSecond": 0, "burst": 1}})
    assert _admitted(api, 2) == 1
    assert api.make()


def test_new_limits_replace_all_earlier_ones(control: Control, api: Api) -> None:
    control.limits(**{api.service.looks: {"ratePerSecond": 0, "burst": 1}})
    control.limits()
    assert _admitted(api, 3) == 3


def test_a_planned_fault_comes_before_the_limits(control: Control, api: Api) -> None:
    control.limits(**{api.service.looks: {"ratePerSecond": 0, "burst": 1}})
    fault = {"operation": api.service.looks, "call": 1, "error": "ResourceNotFoundException"}
    control.session("s", faults=[fault])
    with pytest.raises(api.client.exceptions.ResourceNotFoundException):
        api.look()
    assert _admitted(api, 2) == 1


def test_the_calls_are_listed_with_what_they_were_answered(control: Control, api: Api, clock: FakeClock) -> None:
    control.session("s", readyAfterSeconds=0)
    made = api.make(token=TOKEN)
    at = clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    clock.advance(1)
    with pytest.raises(api.client.exceptions.ResourceNotFoundException):
        api.look("missing-1")
    first, second = control.calls()
    assert first == {
        "at": at,
        "operation": api.service.makes,
        "sessionId": "s",
        "streamId": api.service.stream_id(made),
        "clientToken": TOKEN if api.service.idempotency else None,
        "status": api.service.made,
    }
    assert (second["sessionId"], second["streamId"], second["status"]) == ("missing-1", None, 404)
    assert second["at"] > first["at"]
    assert control.calls("?sessionId=missing-1") == [second]
    assert control.calls("?sessionId=u") == []


def test_throttled_and_invalid_calls_are_listed_too(control: Control, api: Api) -> None:
    control.limits(**{api.service.makes: {"ratePerSecond": 0, "burst": 1}})
    for _ in range(2):
        with pytest.raises(ClientError):
            api.make(**api.service.invalid)
    assert [call["status"] for call in control.calls()] == [400, api.service.throttled[1]]


def test_no_listed_call_holds_a_url(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0)
    assert "https://" in str(api.make())
    assert "https://" not in str(control.calls())


def test_everything_can_be_forgotten(control: Control, api: Api) -> None:
    control.session("s", readyAfterSeconds=0, sessionState="ASLEEP")
    control.limits(**{api.service.looks: {"ratePerSecond": 0, "burst": 1}})
    control.forget()
    assert control.calls() == []
    assert f"'{api.service.ready}'" in str(api.look())
    assert _admitted(api, 2) == 2


@with_client_tokens
def test_a_forgotten_client_token_makes_something_else(control: Control, api: Api) -> None:
    before = api.service.stream_id(api.make(token=TOKEN))
    control.forget()
    assert api.service.stream_id(api.make(token=TOKEN)) != before


def test_a_setting_is_answered_in_full(control: Control, service: Service) -> None:
    answer = control.put("sessions/s", {"finalState": "ASLEEP"}).json()
    assert answer["finalState"] == "ASLEEP"
    assert (answer["sessionState"], answer["readyAfterSeconds"], answer["faults"]) == (service.ready, 3, [])


def test_an_answered_setting_can_be_set_again(control: Control, service: Service) -> None:
    faults = [{"operation": service.unsimulated[0], "error": "Timeout", "calls": [1, 2]}]
    answer = control.put("sessions/s", {"readyAfterSeconds": None, "faults": faults}).json()
    assert control.put("sessions/s", answer).json() == answer


@pytest.mark.parametrize("key", ["a b", "ä", "a%2Fb"])
def test_a_key_survives_the_url(key: str, control: Control) -> None:
    assert control.put(f"sessions/{key}", {}).status == 200


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("sessions/s", {"readyAfterSeconds": "3", "colour": 1}, ["readyAfterSeconds", "colour"]),
        ("sessions/s", {"readyAfterSeconds": -1, "url": "no"}, ["readyAfterSeconds", "url"]),
        ("sessions/s", {"readyAfterSeconds": 1e300, "sessionState": ""}, ["readyAfterSeconds", "sessionState"]),
        ("sessions/s", {"faults": [{"operation": "X", "call": 0, "error": "Y"}]}, ["operation", "error", "call"]),
        ("sessions/s", {"faults": [{"operation": "{known}", "error": "Timeout"}]}, [""]),
        ("sessions/s", [], ["body"]),
        ("limits", {"{known}": {"ratePerSecond": -1, "burst": 0}}, ["{known}.ratePerSecond", "{known}.burst"]),
        ("outage", {"seconds": -1, "error": "Y"}, ["seconds", "error"]),
        ("outage", {}, ["seconds", "error"]),
        ("limits", {"Bogus": {"ratePerSecond": 1, "burst": 1}}, ["Bogus"]),
    ],
)
def test_bad_control_input_is_refused_field_by_field(
    path: str, body: object, fields: list[str], control: Control, service: Service
) -> None:
    answer = control.put(path, _with_a_known_operation(body, service))
    assert answer.status == 400
    found = [error["field"].removeprefix("faults[0]").removeprefix(".") for error in answer.json()["errors"]]
    assert sorted(found) == sorted(field.replace("{known}", service.looks) for field in fields)
    assert all(error["detail"] for error in answer.json()["errors"])


def _with_a_known_operation(body: object, service: Service) -> object:
    if isinstance(body, dict):
        return {key.replace("{known}", service.looks): _with_a_known_operation(body[key], service) for key in body}
    if isinstance(body, list):
        return [_with_a_known_operation(item, service) for item in body]
    return service.looks if body == "{known}" else body


def test_a_control_body_that_is_no_json_is_refused(url: str) -> None:
    answer = urllib3.request("PUT", f"{url}/_simulator/sessions/s", body=b"{")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "body")


@pytest.mark.parametrize("service", [NIMBLE], ids=["nimble"])
def test_errors_of_another_service_are_no_faults(control: Control) -> None:
    fault = {"operation": "GetStreamingSession", "call": 1, "error": "ResourceNotAvailableException"}
    assert control.put("sessions/s", {"faults": [fault]}).status == 400

"""A stream URL: made, seen, expired, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import urllib3

from tests.contract.conformance import Witness
from tests.contract.services import TOKEN, Api
from tests.contract.support import Client, Control, FakeClock


def _get(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = client.get_stream_url(Identifier="s", StreamUrlIdentifier=made["StreamUrlId"])
    return seen | {"ResponseMetadata": made["ResponseMetadata"]}


def test_a_url_is_active_when_it_is_made_also_in_a_full_group(control: Control, api: Api, client: Client) -> None:
    control.session("s", idleCapacity=0)
    given: dict[str, Any] = {
        "Description": "Shot 17",
        "SessionLengthSeconds": 600,
        "AdditionalLaunchArgs": ["-fullscreen"],
        "AdditionalEnvironmentVariables": {"LEVEL": "17"},
        "DisplayConfiguration": {"Resolution": {"Width": 1920, "Height": 1080}},
        "RoleArn": "arn:aws:iam::123456789012:role/streams",
    }
    made = api.make(**given)
    assert made.items() >= given.items()
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["StreamUrl"].startswith("https://")
    assert len(made["StreamUrl"].partition("token=")[2]) >= 40
    assert _get(client, made) == made | {"StreamSessions": []}


def test_a_url_expires_so_many_minutes_after_it_was_made(api: Api, client: Client, clock: FakeClock) -> None:
    made = api.make(UrlExpiresAfterMinutes=2)
    assert made["ExpiresAt"] == made["CreatedAt"] + timedelta(minutes=2)
    clock.advance(119.9)
    assert _get(client, made)["Status"] == "ACTIVE"
    clock.advance(0.1)
    expired = _get(client, made)
    assert expired["Status"] == "EXPIRED"
    assert "StreamUrl" not in expired


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ({}, "userRevoked"),
        ({"RevocationMode": "REVOKE_URL"}, "userRevoked"),
        ({"RevocationMode": "REVOKE_AND_TERMINATE_SESSIONS"}, "revokedAndTerminatingSessions"),
    ],
)
def test_a_url_is_revoked_for_ever(
    mode: dict[str, str], reason: str, api: Api, client: Client, clock: FakeClock
) -> None:
    made = api.make()
    for _ in range(2):
        answer = client.revoke_stream_url(Identifier="s", StreamUrlIdentifier=made["Arn"], **mode)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    clock.advance(86_400)
    revoked = _get(client, made)
    assert (revoked["Status"], revoked["StatusReason"]) == ("REVOKED", reason)
    assert "StreamUrl" not in revoked


def test_an_expired_url_stays_expired_when_it_is_revoked(api: Api, client: Client, clock: FakeClock) -> None:
    made = api.make(UrlExpiresAfterMinutes=1)
    clock.advance(60)
    client.revoke_stream_url(Identifier="s", StreamUrlIdentifier=made["StreamUrlId"])
    assert _get(client, made)["Status"] == "EXPIRED"


def test_a_url_counts_its_uses(control: Control, api: Api, client: Client) -> None:
    made = api.make(UsageLimit=50)
    assert (made["UsageLimit"], made["RemainingUses"]) == (50, 50)
    control.session("s", urlState="LIMIT_REACHED")
    used = _get(client, made)
    assert (used["Status"], used["UsageLimit"], used["RemainingUses"]) == ("LIMIT_REACHED", 50, 0)


def test_an_unknown_status_goes_out_as_it_is(control: Control, api: Api, client: Client, witness: Witness) -> None:
    control.session("s", urlState="HIBERNATING")
    seen = _get(client, api.make())
    assert seen["Status"] == "HIBERNATING"
    assert "StreamUrl" not in seen
    assert witness.take() == ["GetStreamUrl.Status is HIBERNATING, which its enum lacks"]


def test_an_active_url_may_lack_its_url(control: Control, api: Api, client: Client) -> None:
    control.session("s", url=False)
    seen = _get(client, api.make())
    assert seen["Status"] == "ACTIVE"
    assert "StreamUrl" not in seen


def test_a_repeated_client_token_returns_the_first_answer_and_makes_nothing(
    api: Api, client: Client, clock: FakeClock
) -> None:
    first = api.make(token=TOKEN)
    clock.advance(10)
    again = api.make(token=TOKEN, UsageLimit=7)
    assert again | {"ResponseMetadata": None} == first | {"ResponseMetadata": None}
    assert len(client.list_stream_urls(StreamGroupIdentifier="s")["Items"]) == 1


@pytest.mark.parametrize("token", ["x" * 31, "x" * 129, "x" * 31 + " "])
def test_a_client_token_has_32_to_128_visible_characters(token: str, api: Api) -> None:
    with pytest.raises(api.client.exceptions.ValidationException, match="ClientToken"):
        api.make(token=token)


@pytest.mark.parametrize(
    ("parameters", "member"),
    [
        ({"UrlExpiresAfterMinutes": 0}, "UrlExpiresAfterMinutes"),
        ({"UrlExpiresAfterMinutes": 1441}, "UrlExpiresAfterMinutes"),
        ({"UsageLimit": 51}, "UsageLimit"),
        ({"Locations": []}, "Locations"),
        ({"Locations": ["us west"]}, "Locations"),
        ({"Protocol": "RTMP"}, "Protocol"),
        ({"DisplayConfiguration": {"Resolution": {"Width": 1, "Height": 5000}}}, "Width.*Height"),
        ({"AdditionalLaunchArgs": ["-x"] * 101}, "AdditionalLaunchArgs"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_name(parameters: dict[str, Any], member: str, api: Api) -> None:
    with pytest.raises(api.client.exceptions.ValidationException, match=member) as raised:
        api.make(**parameters)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("state", ["ACTIVATING", "ERROR", "DELETING", "EXPIRED"])
def test_a_group_that_cannot_stream_makes_no_url(state: str, control: Control, api: Api) -> None:
    control.session("s", sessionState=state)
    with pytest.raises(api.client.exceptions.ConflictException, match=state):
        api.make()


@pytest.mark.parametrize("member", ["Identifier", "ApplicationIdentifier"])
def test_an_id_that_starts_with_missing_is_not_found(member: str, api: Api) -> None:
    with pytest.raises(api.client.exceptions.ResourceNotFoundException, match="missing-1"):
        api.make(**{member: "missing-1"})


@pytest.mark.parametrize("operation", ["get_stream_url", "revoke_stream_url"])
def test_a_url_is_found_only_in_its_group(operation: str, api: Api, client: Client, control: Control) -> None:
    made = api.make()
    for group, url in (("other", made["StreamUrlId"]), ("s", "su-none")):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            getattr(client, operation)(Identifier=group, StreamUrlIdentifier=url)
        assert control.calls()[-1]["streamId"] == url


def test_a_text_is_no_list_of_characters(url: str) -> None:
    answer = urllib3.request("POST", f"{url}/streamgroups/s/streamurls", json={"Locations": "us-west-2"})
    assert answer.status == 400
    assert "type for parameter Locations" in answer.json()["Message"]


def test_times_are_epoch_numbers(api: Api, url: str) -> None:
    made = api.make()
    body = urllib3.request("GET", f"{url}/streamgroups/s/streamurls/{made['StreamUrlId']}").json()
    assert isinstance(body["ExpiresAt"], float)

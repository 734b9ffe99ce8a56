"""The API as its callers meet it: answers, keys, pages, owners, claims."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import urllib3

from greenroom_cli.client import Api
from local.stack import REGION
from tests.e2e.deployed import Deployed, eventually, new_session_id


def _request(session_id: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"provider": "nimble", "studioId": "studio", "sessionId": session_id or new_session_id(), **fields}


@pytest.fixture(scope="module")
def stranger_key(deployed: Deployed) -> tuple[str, str]:
    """The access key of another principal of the account, who may call the API as well."""
    iam = deployed.client("iam")
    iam.create_user(UserName="stranger")
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="stranger", PolicyName="call", PolicyDocument=policy)
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.fixture(scope="module")
def stranger(deployed: Deployed, stranger_key: tuple[str, str]) -> Api:
    return Api(boto3.Session(*stranger_key, region_name=REGION), deployed.outputs["ApiUrl"])


def test_an_accepted_request_can_be_seen_at_once(deployed: Deployed) -> None:
    status, headers, body = deployed.post(_request())

    assert status == 202
    assert headers["Location"] == f"{deployed.outputs['ApiUrl']}streams/{body['id']}"
    assert int(headers["Retry-After"]) >= 1
    assert body["state"] == "pending"
    status, headers, shown = deployed.api.call("GET", f"streams/{body['id']}")
    assert (status, shown["id"]) == (200, body["id"])
    assert {"state", "createdAt"} <= shown.keys()


def test_a_ready_request_shows_its_url_and_the_services_answer_to_its_owner_only(
    deployed: Deployed, stranger: Api
) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    _, _, body = stranger.call("POST", "streams", _request(session_id))
    message = deployed.message(body["id"])

    _, headers, shown = stranger.call("GET", f"streams/{body['id']}")

    assert shown["state"] == "ready"
    assert shown["url"] == message["data"]["url"]
    assert "Retry-After" not in headers
    expected = {"createdAt", "createdBy", "expiresAt", "ownedBy", "state", "statusCode", "streamId"}
    assert shown["stream"].keys() == expected


def test_anothers_request_is_not_found_whatever_is_done_with_it(deployed: Deployed, stranger: Api) -> None:
    _, _, body = deployed.post(_request())

    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/claim")]:
        status, headers, _ = stranger.call(method, f"streams/{body['id']}{path}")
        assert (status, headers["Content-Type"]) == (404, "application/problem+json")


def test_an_administrator_sees_the_request_of_another(deployed: Deployed, stranger: Api) -> None:
    _, _, body = stranger.call("POST", "streams", _request())

    status, _, _ = deployed.api.call("GET", f"streams/{body['id']}")

    assert status == 200


def test_an_unsigned_call_and_a_wrong_signature_are_forbidden(
    deployed: Deployed, stranger_key: tuple[str, str]
) -> None:
    url = deployed.outputs["ApiUrl"] + "streams"
    unsigned = urllib3.request("POST", url, json=_request())
    wrong = Api(boto3.Session(stranger_key[0], "not the secret", region_name=REGION), deployed.outputs["ApiUrl"])

    assert unsigned.status == 403
    assert unsigned.headers["Content-Type"] == "application/problem+json"
    assert wrong.call("POST", "streams", _request())[0] == 403


def test_the_same_key_and_body_is_the_same_request(deployed: Deployed) -> None:
    request = _request()
    session_id = request["sessionId"]

    first = deployed.post(request, **{"Idempotency-Key": session_id})
    again = deployed.post(dict(reversed(request.items())), **{"Idempotency-Key": session_id})
    deployed.message(first[2]["id"])

    assert (first[0], again[0]) == (202, 202)
    assert first[2]["id"] == again[2]["id"]
    assert len(deployed.calls(session_id, "CreateStreamingSessionStream")) == 1


def test_the_same_key_with_another_body_is_a_conflict(deployed: Deployed) -> None:
    request = _request()
    deployed.post(request, **{"Idempotency-Key": request["sessionId"]})

    status, headers, _ = deployed.post(request | {"deadlineSeconds": 17}, **{"Idempotency-Key": request["sessionId"]})

    assert (status, headers["Content-Type"]) == (409, "application/problem+json")


def test_a_key_belongs_to_its_caller(deployed: Deployed, stranger: Api) -> None:
    request = _request()
    key = {"Idempotency-Key": request["sessionId"]}

    assert deployed.post(request, **key)[2]["id"] != stranger.call("POST", "streams", request, key)[2]["id"]


def test_without_a_key_each_post_is_a_new_request(deployed: Deployed) -> None:
    request = _request()

    assert deployed.post(request)[2]["id"] != deployed.post(request)[2]["id"]


def test_the_own_requests_are_listed_newest_first_a_page_at_a_time(deployed: Deployed, stranger: Api) -> None:
    ids = [stranger.call("POST", "streams", _request(deadlineSeconds=1))[2]["id"] for _ in range(3)]
    for request_id in ids:
        deployed.message(request_id)

    pages = [stranger.call("GET", "streams?limit=2")]
    pages.append(stranger.call("GET", f"streams?limit=100&next={pages[0][2]['next']}"))
    pages.append(stranger.call("GET", "streams?limit=100&state=timed_out"))
    assert [status for status, _, _ in pages] == [200, 200, 200], pages
    first, rest, timed_out = (body for _, _, body in pages)

    listed = [stream["id"] for stream in first["streams"] + rest["streams"]]
    assert len(first["streams"]) == 2
    assert set(ids) <= set(listed)
    assert {stream["state"] for stream in timed_out["streams"]} == {"timed_out"}
    assert all("url" not in stream for stream in first["streams"])


def test_a_list_names_the_parameters_that_are_wrong(deployed: Deployed) -> None:
    status, _, problem = deployed.api.call("GET", "streams?limit=0&state=sleepy")

    assert status == 400
    assert {error["field"] for error in problem["errors"]} == {"limit", "state"}


def test_a_claimed_url_is_given_out_once_and_never_announced(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    _, _, body = deployed.post(_request(session_id, claim=True))
    message = deployed.message(body["id"])

    _, _, shown = deployed.api.call("GET", f"streams/{body['id']}")
    first = deployed.api.call("POST", f"streams/{body['id']}/claim")
    second = deployed.api.call("POST", f"streams/{body['id']}/claim")

    assert message["type"] == "stream.ready"
    assert "url" not in message["data"]
    assert "url" not in shown
    assert (first[0], second[0]) == (200, 410)
    assert first[2]["url"].startswith("https://")


def test_what_is_not_there_is_a_problem_document_too(deployed: Deployed) -> None:
    status, headers, _ = deployed.api.call("GET", "streams/no-such-request")

    assert (status, headers["Content-Type"]) == (404, "application/problem+json")


def test_a_service_that_does_not_answer_is_waited_for_and_its_owner_sees_since_when(deployed: Deployed) -> None:
    session_id = new_session_id()
    faults = [{"operation": "GetStreamingSession", "call": "*", "error": "ConnectionReset"}]
    deployed.set_session(session_id, faults=faults)

    _, _, body = deployed.post(_request(session_id, deadlineSeconds=60))

    def silent() -> dict[str, Any] | None:
        _, _, shown = deployed.api.call("GET", f"streams/{body['id']}")
        stream: dict[str, Any] = shown.get("stream") or {}
        return stream if stream.get("state") == "EndpointUnreachable" else None

    said = eventually(silent, "the silence of the service")["statusMessage"]
    assert said.startswith("The service does not answer since 20")
    assert deployed.stack.services.urls["nimble"] in said
    deployed.set_session(session_id, readyAfterSeconds=0)
    assert deployed.message(body["id"])["type"] == "stream.ready"


def test_an_attempt_whose_answer_was_lost_makes_no_second_stream(deployed: Deployed) -> None:
    session_id = new_session_id()
    faults = [{"operation": "CreateStreamingSessionStream", "call": 1, "error": "LostResponse"}]
    deployed.set_session(session_id, readyAfterSeconds=1, faults=faults)

    _, _, body = deployed.post(_request(session_id))

    assert deployed.message(body["id"])["type"] == "stream.ready"
    created = deployed.calls(session_id, "CreateStreamingSessionStream")
    assert len(created) == 2
    assert len({(call["streamId"], call["clientToken"]) for call in created}) == 1


def test_an_answer_that_is_garbage_is_asked_for_again_and_never_quoted(deployed: Deployed) -> None:
    session_id = new_session_id()
    faults = [{"operation": "GetStreamingSessionStream", "call": 1, "error": "Malformed"}]
    deployed.set_session(session_id, readyAfterSeconds=1, faults=faults)

    _, _, body = deployed.post(_request(session_id))

    message = deployed.message(body["id"])
    assert message["type"] == "stream.ready"
    history = json.dumps(deployed.history(body["id"]), default=str)
    assert "MalformedAnswer" in history
    assert message["data"]["url"] not in history

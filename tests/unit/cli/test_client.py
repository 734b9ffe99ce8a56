"""The client: what is called again, how long it waits, and when it stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from greenroom_cli.client import PATIENCE_SECONDS, Api, PatientApi
from greenroom_cli.errors import Unreachable
from tests.support.fake_api import Answer, FakeApi, problem

KEY = {"Idempotency-Key": "k"}
THROTTLED = Answer(429, {}, {"Retry-After": "7"})
FINE = Answer(200, {"id": "a"})


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def patient(api: FakeApi, pauses: list[float]) -> PatientApi:
    return PatientApi(_api(api.url), sleep=pauses.append)


def _api(url: str) -> Api:
    return Api(boto3.Session("test", "test", region_name="us-west-2"), url)


def test_a_call_is_signed_for_the_api(api: FakeApi) -> None:
    api.will_answer("GET streams/a", FINE)

    status, _, body = _api(api.url).call("GET", "streams/a")

    assert (status, body) == (200, {"id": "a"})
    [call] = api.calls
    assert call.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")
    assert "/us-west-2/execute-api/aws4_request" in call.headers["Authorization"]


def test_the_host_that_is_called_is_the_host_that_is_signed(api: FakeApi) -> None:
    """So a custom domain is signed for as itself: API Gateway checks the signature with the Host header that it got."""
    api.will_answer("GET streams/a", FINE)
    _api(api.url.replace("127.0.0.1", "localhost")).call("GET", "streams/a")

    [call] = api.calls
    url = f"http://{call.headers['Host']}{urlsplit(api.url).path}streams/a"
    sent = AWSRequest("GET", url, headers={"content-type": "application/json"}, data="")
    sent.context["timestamp"] = call.headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials("test", "test"), "execute-api", "us-west-2")
    sent.headers["X-Amz-Date"] = call.headers["X-Amz-Date"]
    signature = signer.signature(signer.string_to_sign(sent, signer.canonical_request(sent)), sent)

    assert call.headers["Host"].startswith("localhost:")
    assert call.headers["Authorization"].endswith(f"Signature={signature}")


def test_one_call_is_one_call(api: FakeApi) -> None:
    api.will_answer("GET streams/a", THROTTLED, FINE)

    assert _api(api.url).call("GET", "streams/a")[0] == 429
    assert len(api.calls) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_throttled_call_is_made_again_after_as_long_as_the_api_says(
    api: FakeApi, patient: PatientApi, pauses: list[float], method: str
) -> None:
    api.will_answer(f"{method} streams/a", THROTTLED, THROTTLED, FINE)

    assert patient.call(method, "streams/a")[0] == 200
    assert pauses == [7.0, 7.0]


def test_without_a_word_of_the_api_pauses_grow(api: FakeApi, patient: PatientApi, pauses: list[float]) -> None:
    api.will_answer("GET streams/a", *[Answer(503)] * 6, FINE)

    assert patient.call("GET", "streams/a")[0] == 200
    assert all(longest / 2 <= pause <= longest for pause, longest in zip(pauses, (0.5, 1, 2, 4, 8, 8), strict=True))


def test_a_quota_that_lasts_longer_than_its_patience_is_told_at_once(
    api: FakeApi, patient: PatientApi, pauses: list[float]
) -> None:
    api.will_answer("GET streams/a", Answer(429, {}, {"Retry-After": "3600"}))

    assert patient.call("GET", "streams/a")[0] == 429
    assert pauses == []


def test_its_patience_has_an_end(api: FakeApi, patient: PatientApi, pauses: list[float]) -> None:
    api.will_answer("GET streams/a", THROTTLED)

    assert patient.call("GET", "streams/a")[0] == 429
    assert PATIENCE_SECONDS - 7 < sum(pauses) <= PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("method", "headers"), [("GET", {}), ("DELETE", {}), ("POST", KEY)], ids=["get", "delete", "key"]
)
@pytest.mark.parametrize(
    "answer", [Answer(lost=True), Answer(502), Answer(503), Answer(504)], ids=["lost", "502", "503", "504"]
)
def test_a_call_without_an_answer_is_made_again_where_that_does_nothing_twice(
    api: FakeApi, patient: PatientApi, method: str, headers: dict[str, str], answer: Answer
) -> None:
    api.will_answer(f"{method} streams/a", answer, FINE)

    assert patient.call(method, "streams/a", None, headers)[0] == 200
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    ("answer", "status"), [(Answer(503), 503), (problem(500, "Our fault"), 500)], ids=["503", "500"]
)
def test_a_post_without_a_key_is_made_once(api: FakeApi, patient: PatientApi, answer: Answer, status: int) -> None:
    api.will_answer("POST streams/a/claim", answer, FINE)

    assert patient.call("POST", "streams/a/claim")[0] == status
    assert len(api.calls) == 1


def test_the_lost_answer_of_a_post_without_a_key_is_an_error(api: FakeApi, patient: PatientApi) -> None:
    api.will_answer("POST streams/a/claim", Answer(lost=True))

    with pytest.raises(Unreachable, match="does not answer"):
        patient.call("POST", "streams/a/claim")
    assert len(api.calls) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 500])
def test_what_was_answered_is_not_asked_again(api: FakeApi, patient: PatientApi, status: int) -> None:
    api.will_answer("GET streams/a", problem(status, "No"), FINE)

    assert patient.call("GET", "streams/a")[0] == status
    assert len(api.calls) == 1


def test_a_place_where_nothing_answers_is_given_up_within_ten_seconds(
    patient_of: Callable[[str], PatientApi], pauses: list[float]
) -> None:
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9/ does not answer"):
        patient_of("http://127.0.0.1:9/").call("GET", "streams")
    assert 0 < sum(pauses) <= 10


@pytest.fixture
def patient_of(pauses: list[float]) -> Callable[[str], PatientApi]:
    return lambda url: PatientApi(_api(url), sleep=pauses.append)


def test_an_answer_that_is_no_json_leaves_its_status(api: FakeApi, patient: PatientApi) -> None:
    page: Any = b"<html>Bad Gateway</html>"
    api.will_answer("POST streams", Answer(502, page))

    status, _, body = patient.call("POST", "streams", {})

    assert (status, body) == (502, {})

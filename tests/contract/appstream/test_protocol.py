"""JSON 1.1, as the AppStream API reference has it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.contract.services import Api
from tests.contract.support import Control

TARGET = "PhotonAdminProxyService.DescribeFleets"
JSON = "application/x-amz-json-1.1"


def _post(url: str, body: bytes, **headers: str) -> urllib3.BaseHTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.request("POST", f"{url}/", body=body, headers=named)


def test_times_are_epoch_numbers_and_an_error_is_named_in_the_body_only(control: Control, url: str) -> None:
    control.session("s", readyAfterSeconds=0)
    fleet = _post(url, b'{"Names": ["s"]}', x_amz_target=TARGET, content_type=JSON)
    assert fleet.headers["Content-Type"] == JSON
    assert isinstance(fleet.json()["Fleets"][0]["CreatedTime"], float)

    refused = _post(url, b'{"Names": ["missing"]}', x_amz_target=TARGET, content_type=JSON)
    assert (refused.status, refused.headers["Content-Type"]) == (404, JSON)
    assert refused.json() == {"__type": "ResourceNotFoundException", "Message": "there is no fleet missing"}
    assert "x-amzn-ErrorType" not in refused.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/cbor", "smithy_protocol": "rpc-v2-cbor"},
        {"content_type": "application/cbor"},
        {"smithy_protocol": "rpc-v2-cbor"},
    ],
)
def test_cbor_is_refused_loudly(headers: dict[str, str], url: str, control: Control) -> None:
    answer = _post(url, b"\xa0", **headers)
    assert answer.status == 415
    assert "speaks JSON 1.1" in answer.data.decode()
    assert "cbor" in answer.data.decode()
    assert control.calls() == []


@pytest.mark.parametrize("target", ["", "DescribeFleets", "PhotonAdminProxyService.Bogus", "Other.DescribeFleets"])
def test_a_target_of_no_operation_is_an_unknown_operation(target: str, url: str) -> None:
    answer = _post(url, b"{}", x_amz_target=target, content_type=JSON)
    assert (answer.status, answer.json()["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes, url: str) -> None:
    answer = _post(url, body, x_amz_target=TARGET, content_type=JSON)
    assert (answer.status, answer.json()["__type"]) == (400, "SerializationException")


def test_a_null_is_a_member_that_is_not_there(url: str) -> None:
    body: dict[str, Any] = {"Names": ["s"], "NextToken": None}
    assert _post(url, json.dumps(body).encode(), x_amz_target=TARGET, content_type=JSON).status == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ThrottlingException", 400),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("AccessDeniedException", 400),
    ],
)
def test_errors_common_to_all_of_aws_can_be_asked_for(name: str, status: int, control: Control, api: Api) -> None:
    control.session("s", faults=[{"operation": "DescribeFleets", "call": 1, "error": name}])
    with pytest.raises(ClientError) as raised:
        api.look()
    assert raised.value.response["Error"]["Code"] == name
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status

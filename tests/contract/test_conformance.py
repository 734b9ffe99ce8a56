"""The witness itself: it notices what is not as a service model says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from tests.contract.conformance import violations

FLEET = {
    "Arn": "arn:aws:appstream:us-west-2:123456789012:fleet/s",
    "Name": "s",
    "InstanceType": "x",
    "ComputeCapacityStatus": {"Desired": 1},
    "State": "RUNNING",
}


def _operation(service: str, name: str) -> OperationModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service).operation_model(name)


def _fleets(fleet: dict[str, Any], status: int = 200) -> list[str]:
    return _seen("appstream", "DescribeFleets", status, {"Fleets": [fleet]})


def _seen(service: str, operation: str, status: int, body: object, **headers: str) -> list[str]:
    content_type = "application/x-amz-json-1.1" if service == "appstream" else "application/json"
    named = {"content-type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    answer = {"status_code": status, "headers": named, "body": json.dumps(body).encode() if body is not None else b""}
    return list(violations(_operation(service, operation), answer))


def test_an_answer_by_the_model_is_one() -> None:
    assert _fleets(FLEET | {"CreatedTime": 1795521600.123}) == []
    assert _seen("gameliftstreams", "RevokeStreamUrl", 204, None, content_type="") == ["a 204 with a body"]


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        ({"State": "ASLEEP"}, "State is ASLEEP, which its enum lacks"),
        ({"Colour": "red"}, "Colour is unknown"),
        ({"Name": 7}, "Name is not a string"),
        ({"Name": ""}, "Name is not within 1 and None"),
        ({"CreatedTime": "2026-11-24T12:00:00Z"}, "CreatedTime is not a timestamp"),
        ({"ComputeCapacityStatus": {}}, "ComputeCapacityStatus.Desired is missing"),
        ({"MaxSessionsPerInstance": True}, "MaxSessionsPerInstance is not a integer"),
    ],
)
def test_a_member_that_breaks_the_model_is_named(change: dict[str, Any], violation: str) -> None:
    assert _fleets(FLEET | change) == [f"DescribeFleets.Fleets[0].{violation}"]


def test_a_wrong_status_is_noticed() -> None:
    assert _fleets(FLEET, 201) == ["status 201, not 200"]
    made = {"Arn": "arn:aws:gameliftstreams:us-west-2:123456789012:streamurl/s/u"}
    assert _seen("gameliftstreams", "CreateStreamUrl", 200, made) == ["status 200, not 201"]


def test_a_wrong_content_type_is_noticed() -> None:
    found = _seen("appstream", "DescribeFleets", 200, {}, content_type="application/cbor")
    assert found == ["content type application/cbor"]


def test_errors_are_those_of_the_operation_with_their_status_and_members() -> None:
    missing = {"__type": "ResourceNotFoundException", "Message": "no"}
    assert _seen("appstream", "DescribeFleets", 404, missing) == []
    assert _seen("appstream", "DescribeFleets", 400, missing) == ["status 400 of ResourceNotFoundException, not 404"]
    refused = {"__type": "OperationNotPermittedException", "Message": "no"}
    assert _seen("appstream", "DescribeFleets", 400, refused) == [
        "DescribeFleets has no error OperationNotPermittedException"
    ]
    throttled = {"__type": "ThrottlingException", "Message": "no"}
    assert _seen("appstream", "DescribeFleets", 400, throttled) == ["ThrottlingException has members Message"]
    found = _seen("gameliftstreams", "GetStreamGroup", 404, {}, x_amzn_errortype="ResourceNotFoundException")
    assert found == ["ResourceNotFoundException.Message is missing"]

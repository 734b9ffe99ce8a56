"""The API's function, in process, for what it answers before it asks anybody."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from bench.virtual.process import LambdaContext
from greenroom.handlers.api import handler


def call(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    """Call as API Gateway's proxy integration does; returns the answer with its body parsed."""
    event = {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"stage": "v1", "identity": {"userArn": "arn:aws:iam::123456789012:user/ada"}},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }
    answer = handler(event, LambdaContext())
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/problem+json"]
    return {"status": answer["statusCode"], **json.loads(answer["body"])}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("PUT", "/streams"), ("GET", "/streams/a/b"), ("GET", "/x")]
)
def test_what_is_not_there_is_a_404_problem(method: str, path: str) -> None:
    answer = call(method, path)
    assert (answer["status"], answer["title"]) == (404, "Not Found")
    assert path in answer["detail"]


@pytest.mark.parametrize("body", [None, "", "{", "NaN"])
def test_a_body_that_is_no_json_is_a_400_problem_that_names_it(body: str | None) -> None:
    answer = call("POST", "/streams", body)
    assert answer["status"] == 400
    assert answer["errors"] == [{"field": "body", "detail": "must be JSON"}]


def test_a_body_that_is_too_large_is_a_413_problem() -> None:
    assert call("POST", "/streams", '"' + "é" * 9000 + '"')["status"] == 413


def test_a_body_in_base64_is_read_too() -> None:
    encoded = base64.b64encode(b"{").decode()
    assert call("POST", "/streams", encoded, isBase64Encoded=True)["errors"][0]["field"] == "body"

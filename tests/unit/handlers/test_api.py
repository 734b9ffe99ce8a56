"""The API's function, in process, for what it answers before it asks anybody."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from bench.virtual.process import LambdaContext
from greenroom.handlers.api import base_url, handler


def call(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    """Call, and return the answer with its body parsed."""
    answer = handler(an_event(method, path, body, **more), LambdaContext())
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/problem+json"]
    return {"status": answer["statusCode"], **json.loads(answer["body"])}


def an_event(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    """Make a call as API Gateway's proxy integration does."""
    return {
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


@pytest.mark.parametrize(("method", "path"), [("GET", "/waiting-room/stream"), ("POST", "/waiting-room/stream/claim")])
def test_a_call_of_the_waiting_room_without_a_link_is_a_401_problem(method: str, path: str) -> None:
    answer = call(method, path, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"})
    assert (answer["status"], answer["title"]) == (401, "Unauthorized")


def test_the_page_of_the_waiting_room_is_there_for_everybody() -> None:
    answer = handler(an_event("GET", "/waiting-room"), LambdaContext())
    assert answer["statusCode"] == 200
    assert answer["multiValueHeaders"]["Content-Type"] == ["text/html; charset=utf-8"]
    assert answer["multiValueHeaders"]["Referrer-Policy"] == ["no-referrer"]
    assert answer["body"].startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("resource", "path", "url"),
    [
        ("/streams", "/v1/streams", "https://api.example/v1/"),
        ("/streams", "/streams/streams", "https://api.example/streams/"),
        ("/streams/{id}/waiting-room", "/v1/streams/my-streams/waiting-room", "https://api.example/v1/"),
        ("/streams/{id}/waiting-room", "/streams/r/waiting-room", "https://api.example/"),
    ],
)
def test_the_url_of_the_api_is_the_one_that_the_caller_used(resource: str, path: str, url: str) -> None:
    context = {"domainName": "api.example", "path": path}
    assert base_url(APIGatewayProxyEvent({"resource": resource, "requestContext": context})) == url

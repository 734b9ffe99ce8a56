"""The API's function, in process: what it answers before it asks anybody, and what it logs."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from greenroom.domain.errors import UnknownRequest
from greenroom.handlers.api import handler
from greenroom.handlers.routes import streams
from greenroom.handlers.routes.calls import base_url
from greenroom.observability import logger
from simulation.process import LambdaContext
from tests.support.desk import Desk
from tests.support.examples import OWNER, a_body
from tests.support.fakes import InMemoryRecords
from tests.unit.handlers.conftest import Log


def call(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    """Call, and return the answer with its body parsed."""
    answer = handler(an_event(method, path, body, **more), LambdaContext())
    return {"status": answer["statusCode"], **answer["multiValueHeaders"], **json.loads(answer["body"])}


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


def assert_problem(answer: dict[str, Any], status: int) -> None:
    assert (answer["status"], answer["Content-Type"]) == (status, ["application/problem+json"])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("PUT", "/streams"), ("GET", "/streams/a/b"), ("GET", "/x")]
)
def test_what_is_not_there_is_a_404_problem(method: str, path: str) -> None:
    answer = call(method, path)
    assert_problem(answer, 404)
    assert answer["title"] == "Not Found"
    assert path in answer["detail"]


@pytest.mark.parametrize("body", [None, "", "{", "NaN"])
def test_a_body_that_is_no_json_is_a_400_problem_that_names_it(body: str | None) -> None:
    answer = call("POST", "/streams", body)
    assert_problem(answer, 400)
    assert answer["errors"] == [{"field": "body", "detail": "must be JSON"}]


def test_a_body_that_is_too_large_is_a_413_problem() -> None:
    assert_problem(call("POST", "/streams", '"' + "é" * 9000 + '"'), 413)


def test_a_body_in_base64_is_read_too() -> None:
    encoded = base64.b64encode(b"{").decode()
    assert call("POST", "/streams", encoded, isBase64Encoded=True)["errors"][0]["field"] == "body"


def test_the_line_of_a_request_that_was_accepted_names_it(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    desk = Desk()
    monkeypatch.setattr(streams, "streams", desk.calls)
    context = {"domainName": "api.example", "path": "/v1/streams", "identity": {"userArn": OWNER}}
    answer = call("POST", "/streams", json.dumps(a_body()), requestContext=context)
    assert (answer["status"], answer["Cache-Control"]) == (202, ["no-store"])
    assert [request for request, _ in desk.executions.started] == [answer["id"]]
    (line,) = log()
    assert (line["level"], line["request_id"]) == ("INFO", answer["id"])


def test_a_line_about_a_request_names_it_and_the_next_call_names_another(
    monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    class Failing(InMemoryRecords):
        def get(self, request_id: str) -> None:
            logger.info("Reading")
            raise UnknownRequest(request_id)

    monkeypatch.setattr(streams, "streams", replace(Desk().calls, records=Failing()))
    for request_id in ("a", "b"):
        assert_problem(call("GET", f"/streams/{request_id}"), 404)
    assert [line["request_id"] for line in log()] == ["a", "b"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/waiting-room/stream"), ("POST", "/waiting-room/stream/claim")])
def test_a_call_of_the_waiting_room_without_a_link_is_a_401_problem(method: str, path: str) -> None:
    answer = call(method, path, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"})
    assert_problem(answer, 401)
    assert answer["title"] == "Unauthorized"


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

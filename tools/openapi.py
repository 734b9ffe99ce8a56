"""The OpenAPI document: the paths are written here, all else comes from the models that the API's function uses.

Powertools could make the paths too, but only for handlers whose parameters it validates itself: that would answer
422 in its own words instead of naming fields by our rules, and load its validation at each cold start (0.3 s here).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from greenroom.api.input import DEFAULT_PAGE, MAX_ID_LENGTH, MAX_KEY_LENGTH, MAX_PAGE
from greenroom.api.problem import CONTENT_TYPE, Problem
from greenroom.api.views import BatchView, ClaimedUrl, SchedulesPage
from greenroom.api.waiting_room.view import OpenedUrl, RoomView
from greenroom.api.webhook_keys import WebhookKeys
from greenroom.domain.values import RequestState
from greenroom.domain.wire import WaitingRoomLink
from greenroom.request.batch_request import BatchRequest
from tools.json_schema import Incoming, Outgoing
from tools.provider_models import StreamDetails, StreamPage, StreamRequest, StreamView

_VERSION: str = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["version"]
_MODELS: Mapping[JsonSchemaMode, tuple[type[GenerateJsonSchema], Sequence[type[BaseModel]]]] = {
    "validation": (Incoming, [StreamRequest, BatchRequest]),
    "serialization": (
        Outgoing,
        [
            StreamView,
            StreamDetails,
            StreamPage,
            ClaimedUrl,
            WaitingRoomLink,
            RoomView,
            OpenedUrl,
            SchedulesPage,
            BatchView,
            WebhookKeys,
            Problem,
        ],
    ),
}
_HEADERS = {
    "Location": {
        "description": "The request, or the batch",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    },
    "Retry-After": {
        "description": "Seconds until it is worth another look; absent once the request has ended",
        "schema": {"type": "integer", "minimum": 1},
    },
}
PROBLEMS = {
    "400": "The call breaks a rule; `errors` names each field",
    "401": "The caller is not known, or the link is none of ours, was changed or revoked, or has ended",
    "403": "The call is not signed, or its caller may not make it",
    "404": "There is no such request, or batch, of the caller's",
    "409": "The key was used for another body, or the request's state does not allow it",
    "410": "The URL was claimed already, or has expired",
    "413": "The body is larger than 16 KiB, or than 4 MiB for a batch",
    "429": "Too many calls",
    "503": "Nothing new is accepted: the deployment is being drained",
    "5XX": "Greenroom's own fault; try again later",
}
_ANY_CALL = ("401", "403", "429", "5XX")
# Those of Latin-1, in which headers are read; a space neither first nor last.
_PRINTABLE = "!-~\u00a1-\u00ac\u00ae-\u00ff"
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Printable characters. The same key and body again: the same request",
    "schema": {
        "type": "string",
        "pattern": f"^[{_PRINTABLE}]([ {_PRINTABLE}]*[{_PRINTABLE}])?$",
        "minLength": 1,
        "maxLength": MAX_KEY_LENGTH,
    },
}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_LIST_PARAMETERS = [
    {"name": "state", "in": "query", "schema": {"type": "string", "enum": [state.value for state in RequestState]}},
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
    },
    {
        "name": "batch",
        "in": "query",
        "description": "The batch whose requests to list, by state instead of newest first",
        # As Greenroom makes them: a UUID, or a part of a hash.
        "schema": {"type": "string", "pattern": "^[0-9a-f-]+$", "maxLength": MAX_ID_LENGTH},
    },
    {
        "name": "next",
        "in": "query",
        "description": "The `next` of an earlier page",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
    },
]


def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Greenroom",
            "version": _VERSION,
            "description": "Ask for a stream, wait until it is ready, get its URL",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "https://{apiId}.execute-api.{region}.amazonaws.com/v1",
                "description": "The stack's output ApiUrl",
                "variables": {"apiId": {"default": "API_ID"}, "region": {"default": "us-west-2"}},
            }
        ],
        "security": [{"sigv4": []}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "headers": _HEADERS,
            "responses": {_problem_name(status): _problem(text) for status, text in PROBLEMS.items()},
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "AWS Signature Version 4, service execute-api",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
                "link": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "What a link to the waiting room has after its #",
                },
            },
        },
    }


def _paths() -> dict[str, Any]:
    create = _operation("createStream", "Ask for a stream", "400", "409", "413", "503") | {
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": _json(StreamRequest)},
    }
    listing = _operation("listStreams", "The caller's own requests, newest first", "400", "404")
    show = _operation("showStream", "How far a request is", "404")
    cancel = _operation("cancelStream", "End a request as cancelled", "404", "409")
    claim = _operation("claimStream", "Get the URL, once", "404", "409", "410")
    schedules = _operation(
        "listSchedules",
        "What was learned of the pools of the caller's requests: how long streams take, when they are looked at",
    )
    create["responses"] |= _answer(202, StreamView, *_HEADERS)
    create["responses"]["202"]["links"] = _links(
        "showStream", "cancelStream", "claimStream", "makeWaitingRoomLink", "revokeWaitingRoomLinks"
    )
    listing["responses"] |= _answer(200, StreamPage)
    show["responses"] |= _answer(200, StreamDetails, "Retry-After")
    cancel["responses"] |= _answer(202, StreamView)
    claim["responses"] |= _answer(200, ClaimedUrl)
    invite = _operation("makeWaitingRoomLink", "A link for a person, to the waiting room of the request", "404")
    invite["responses"] |= _answer(201, WaitingRoomLink)
    revoke = _operation("revokeWaitingRoomLinks", "End all links to the waiting room of the request", "404")
    revoke["responses"]["204"] = {"description": HTTPStatus.NO_CONTENT.phrase}
    schedules["responses"] |= _answer(200, SchedulesPage)
    return {
        **_batch_paths(),
        "/streams": {"post": create, "get": listing | {"parameters": _LIST_PARAMETERS}},
        "/streams/{id}": {"parameters": [_ID], "get": show, "delete": cancel},
        "/streams/{id}/claim": {"parameters": [_ID], "post": claim},
        "/streams/{id}/waiting-room": {"parameters": [_ID], "post": invite, "delete": revoke},
        "/schedules": {"get": schedules},
        **_waiting_room(),
        "/webhook-keys": {"get": _webhook_keys()},
    }


def _webhook_keys() -> dict[str, Any]:
    operation = _operation("listWebhookKeys", "The public keys that webhooks are signed with now, newest first")
    del operation["responses"]["401"]
    operation["responses"] |= _answer(200, WebhookKeys)
    return operation | {"security": []}


def _waiting_room() -> dict[str, Any]:
    """The calls that a link opens, and the page that makes them."""
    page = _operation("showWaitingRoom", "The page of the waiting room; its link has its secret after the #")
    page["responses"]["200"] = {"description": HTTPStatus.OK.phrase, "content": {"text/html": {}}}
    show = _operation("showInWaitingRoom", "How far the request of a link is", "404")
    claim = _operation("openFromWaitingRoom", "Get the URL, once", "404", "409", "410")
    show["responses"] |= _answer(200, RoomView)
    claim["responses"] |= _answer(200, OpenedUrl)
    return {
        "/waiting-room": {"get": page | {"security": []}},
        "/waiting-room/stream": {"get": show | {"security": [{"link": []}]}},
        "/waiting-room/stream/claim": {"post": claim | {"security": [{"link": []}]}},
    }


def _batch_paths() -> dict[str, Any]:
    create = _operation("createBatch", "Ask for many streams at once, ahead of time", "400", "409", "413", "503") | {
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": _json(BatchRequest)},
    }
    show = _operation("showBatch", "How far a batch is", "404")
    cancel = _operation(
        "cancelBatch", "End a batch, and each of its requests that is pending, as cancelled", "404", "409"
    )
    create["responses"] |= _answer(202, BatchView, *_HEADERS)
    create["responses"]["202"]["links"] = _links("showBatch", "cancelBatch") | _links("listStreams", name="batch")
    show["responses"] |= _answer(200, BatchView, "Retry-After")
    cancel["responses"] |= _answer(202, BatchView, "Retry-After")
    return {
        "/batches": {"post": create},
        "/batches/{id}": {"parameters": [_ID], "get": show, "delete": cancel},
    }


def _operation(name: str, summary: str, *problems: str) -> dict[str, Any]:
    responses = {code: {"$ref": f"#/components/responses/{_problem_name(code)}"} for code in (*problems, *_ANY_CALL)}
    return {"operationId": name, "summary": summary, "responses": responses}


def _answer(status: int, model: type[BaseModel], *headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": _json(model)}
    if headers:
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {str(status): answer}


def _links(*operations: str, name: str = "id") -> dict[str, Any]:
    """Say which calls take the id of what was made, and as which parameter."""
    return {each: {"operationId": each, "parameters": {name: "$response.body#/id"}} for each in operations}


def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mode, (generator, models) in _MODELS.items():
        _, definitions = models_json_schema(
            [(model, mode) for model in models],
            ref_template="#/components/schemas/{model}",
            schema_generator=generator,
        )
        found |= definitions["$defs"]
    return found


def _problem_name(status: str) -> str:
    return f"Problem{status}"


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": _json(Problem, CONTENT_TYPE)}


def _json(model: type[BaseModel], content_type: str = "application/json") -> dict[str, Any]:
    return {content_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}

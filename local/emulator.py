"""`python -m local.emulator`: ministack, with what AWS knows of a caller, an item and an event, and it does not."""

# ruff: noqa: SLF001  # the emulator has no public place to hook in
from __future__ import annotations

import json
import re
import socketserver
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.services import apigateway, apigateway_v1

_WORDS = re.compile(r"(?<![.:#\w])(#\w+|[A-Za-z_]\w*)")
# What an expression has besides names of attributes.
_OURS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
_FUNCTIONS = {"if_not_exists", "list_append", "attribute_exists", "attribute_not_exists", "begins_with", "contains"}

_query: ContextVar[dict[str, Any]] = ContextVar("query", default={})  # noqa: B039  # nobody changes it


def tell_callers() -> None:
    """Put the caller, who has signed the handshake, into the context of each event of a WebSocket.

    API Gateway does (`$context.identity.userArn`), and the emulator itself only for REST and HTTP APIs:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
    """
    invoke, context_of = apigateway._invoke_ws_lambda, apigateway._ws_request_context

    async def invoke_with_query(*args: Any, query_params: dict[str, Any] | None = None, **more: Any) -> Any:
        _query.set(query_params or {})
        return await invoke(*args, query_params=query_params, **more)

    def context_with_caller(*args: Any) -> dict[str, Any]:
        context: dict[str, Any] = context_of(*args)
        context["identity"].update(apigateway_v1._iam_caller_identity(args[-1], _query.get()) or {})
        return context

    apigateway._invoke_ws_lambda = invoke_with_query
    apigateway._ws_request_context = context_with_caller


def tell_items() -> None:
    """Fill `dynamodb:LeadingKeys`, and `dynamodb:Attributes` for updates too, as DynamoDB does; ministack does not.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    of_a_read = iam_actions.dynamodb_service_context

    def context(body: bytes) -> dict[str, Any]:
        found: dict[str, Any] = of_a_read(body)
        try:
            request = json.loads(body)
        except ValueError:
            return found
        if not isinstance(request, dict):
            return found
        if {"UpdateExpression", "AttributeUpdates"} & request.keys():
            found |= context_of_an_update(request)
        return found | context_of_an_item(request)

    iam_actions.dynamodb_service_context = context


def context_of_an_update(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition keys of an UpdateItem: the top-level attributes that it names, and what it returns."""
    placeholders = request.get("ExpressionAttributeNames") or {}
    text = " ".join(request.get(name) or "" for name in ("UpdateExpression", "ConditionExpression"))
    words = set(_WORDS.findall(text)) - _FUNCTIONS
    named = {placeholders.get(word, word) for word in words if word.upper() not in _OURS}
    legacy = {name for part in ("AttributeUpdates", "Expected") for name in request.get(part) or {}}
    return {
        "dynamodb:Attributes": sorted(named | legacy | set(request["Key"])),
        "dynamodb:ReturnValues": request.get("ReturnValues", "NONE"),
    }


def context_of_an_item(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition key of a call about one item: its partition key. Those of our tables are all named `id`."""
    key = (request.get("Key") or request.get("Item") or {}).get("id", {})
    return {"dynamodb:LeadingKeys": [key["S"]]} if "S" in key else {}


def tell_events() -> None:
    """Fill `events:source` and `events:detail-type`, as EventBridge does, but for all events of a call together.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    of_tags = iam_actions.request_tag_context

    def context(service: str, iam_action: str, body: bytes, query_params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = of_tags(service, iam_action, body, query_params)
        if iam_action != "events:PutEvents":
            return found
        entries = json.loads(body)["Entries"]
        keys = {"events:source": "Source", "events:detail-type": "DetailType"}
        return found | {key: [entry.get(name, "") for entry in entries] for key, name in keys.items()}

    iam_actions.request_tag_context = context


def answer_at_once() -> None:
    """Send a function its event as soon as it is written.

    The head and the body are two packets, of which Nagle's algorithm kept the second until the first was acknowledged:
    40 ms later.
    """
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


if __name__ == "__main__":
    answer_at_once()
    tell_callers()
    tell_items()
    tell_events()
    app.main()

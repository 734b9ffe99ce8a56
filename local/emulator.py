"""`python -m local.emulator`: ministack, which tells a WebSocket's functions who has signed the handshake.

API Gateway does (`$context.identity.userArn`), and the emulator itself only for REST and HTTP APIs:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

# ruff: noqa: SLF001  # the emulator has no public place to hook in
from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.services import apigateway, apigateway_v1

_query: ContextVar[dict[str, Any]] = ContextVar("query", default={})  # noqa: B039  # nobody changes it


def tell_callers() -> None:
    """Put the caller into the context of each event of a WebSocket."""
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


if __name__ == "__main__":
    tell_callers()
    app.main()

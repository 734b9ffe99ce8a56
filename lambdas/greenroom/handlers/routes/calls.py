"""The router of the API's calls, with what every call needs: who calls, about what, and the answer as a response."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from greenroom import bootstrap
from greenroom.api.input import read_body
from greenroom.api.views import Answer
from greenroom.domain.caller import Caller
from greenroom.environment import environment
from greenroom.observability import logger
from greenroom.request.json_limits import MAX_BODY_BYTES
from greenroom.tracing import annotate


class Calls(APIGatewayRouter):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def caller(self) -> str:
        """The caller's ARN in IAM; empty if the call is not signed. Raises NotAllowed as `asker` does."""
        return self.asker.arn

    @property
    def asker(self) -> Caller:
        """The caller, with all that API Gateway says of it. Raises NotAllowed if it could be anybody."""
        identity = self.current_event.request_context.identity
        return bootstrap.owners().admitted(Caller(identity.user_arn or "", identity.cognito_identity_id))

    @property
    def base_url(self) -> str:
        return base_url(self.current_event)

    def body(self, limit: int = MAX_BODY_BYTES) -> Any:
        """Parse the body. Raise BodyTooLarge over `limit` bytes, InvalidRequest if it is not JSON."""
        try:
            text = self.current_event.decoded_body
        except ValueError:  # base64 of something else than UTF-8
            text = None
        return read_body(text, limit)

    def respond(self, answer: Answer) -> Response[str]:
        """Return the answer as a response. No cache may store it: it may have a stream's URL, or a link, in it."""
        headers: dict[str, str | list[str]] = {"Cache-Control": "no-store", **answer.headers}
        if "Location" in headers:
            headers["Location"] = self.base_url + str(headers["Location"])
        if answer.status == HTTPStatus.NO_CONTENT:
            return Response(answer.status, body="", headers=headers)
        return Response(answer.status, content_types.APPLICATION_JSON, _as_text(answer), headers)


def _as_text(answer: Answer) -> str:
    """Return the body in UTF-8, so that a hundred requests of 16 KiB stay well below the 6 MB that Lambda can answer.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))


def tell(request_id: str) -> None:
    """Put the request's id, or the batch's, into every further line of this call, and into its trace."""
    logger.append_keys(request_id=request_id)
    annotate(request_id=request_id)


def base_url(event: APIGatewayProxyEvent) -> str:
    """Return the URL of the API as the caller knows it: with the stage, or the base path of a custom domain."""
    before = (event.request_context.path or "").split("/")[: -event.resource.count("/")]
    return environment().api_url or f"https://{event.request_context.domain_name}{'/'.join(before)}/"

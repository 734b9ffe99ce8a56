from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.api.answer import Answer
from greenroom.api.waiting_room import calls as room
from greenroom.api.waiting_room.page import CONTENT_TYPE
from greenroom.domain.values import utc_now
from greenroom.handlers.routes.calls import Calls, tell

calls = Calls()
records, stream_urls = bootstrap.records(), bootstrap.stream_urls()


@calls.get("/waiting-room")
def show_room() -> Response[str]:
    page = bootstrap.waiting_room_page()
    return Response(HTTPStatus.OK, CONTENT_TYPE, page.html, dict(page.headers))


@calls.get("/waiting-room/stream")
def show_in_room() -> Response[str]:
    return calls.respond(_in_room(room.show))


@calls.post("/waiting-room/stream/claim")
def claim_in_room() -> Response[str]:
    return calls.respond(_in_room(room.claim))


def _in_room(call: Callable[..., Answer]) -> Answer:
    authorization = calls.current_event.headers.get("Authorization")
    return call(
        authorization, links=bootstrap.links(), records=records, stream_urls=stream_urls, clock=utc_now, about=tell
    )

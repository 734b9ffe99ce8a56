from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from greenroom import bootstrap
from greenroom.api.waiting_room.calls import RoomCalls
from greenroom.api.waiting_room.page import CONTENT_TYPE
from greenroom.domain.values import utc_now
from greenroom.handlers.routes.calls import Calls, tell

calls = Calls()


@calls.get("/waiting-room")
def show_room() -> Response[str]:
    page = bootstrap.waiting_room_page()
    return Response(HTTPStatus.OK, CONTENT_TYPE, page.html, dict(page.headers))


@calls.get("/waiting-room/stream")
def show_in_room() -> Response[str]:
    return calls.respond(_room().show(calls.current_event.headers.get("Authorization")))


@calls.post("/waiting-room/stream/claim")
def claim_in_room() -> Response[str]:
    return calls.respond(_room().claim(calls.current_event.headers.get("Authorization")))


def _room() -> RoomCalls:
    return RoomCalls(bootstrap.links(), bootstrap.records(), bootstrap.stream_urls(), utc_now, about=tell)

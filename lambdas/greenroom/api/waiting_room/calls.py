"""The calls of the waiting room: a link, and not a signature, says which request they are about."""

from __future__ import annotations

import re
from collections.abc import Callable

from greenroom.api.answer import Answer
from greenroom.api.waiting_room.view import OpenedUrl, RoomState, RoomView
from greenroom.domain.errors import LinkRefused, RequestConflict, StreamGone, UnknownRequest
from greenroom.domain.values import Clock, RequestState, StreamUrl
from greenroom.record.links import Links
from greenroom.record.model import Record
from greenroom.record.store import Records, StreamUrls

About = Callable[[str], None]
"""Hears the id of the request that a call is about, once its link is known to be ours."""

_BEARER = re.compile(r"Bearer +(?P<token>\S+)", re.IGNORECASE)


def show(
    authorization: str | None,
    *,
    links: Links,
    records: Records,
    stream_urls: StreamUrls,
    clock: Clock,
    about: About,
) -> Answer:
    record = _find(authorization, links, records, clock, about)
    url = stream_urls.get(record.id) if record.state is RequestState.READY else None
    return Answer(200, RoomView.of(record, url, clock()).dump())


def claim(
    authorization: str | None,
    *,
    links: Links,
    records: Records,
    stream_urls: StreamUrls,
    clock: Clock,
    about: About,
) -> Answer:
    """Give the URL out, once. StreamGone when it was opened or claimed before, or has expired.

    It is taken away where the request wants it claimed; else it stays for those whom the request told of it.
    """
    record = _find(authorization, links, records, clock, about)
    if record.state is not RequestState.READY:
        raise RequestConflict("There is no stream to open")
    url = _take(record, stream_urls, clock)
    return Answer(200, OpenedUrl(url=url.url, expires_at=url.expires_at).dump())


def _take(record: Record, stream_urls: StreamUrls, clock: Clock) -> StreamUrl:
    # What has expired is left as it is: a fresh URL may take its place.
    if RoomView.of(record, stream_urls.get(record.id), clock()).state is RoomState.READY:
        url = stream_urls.take(record.id) if record.claim else stream_urls.open(record.id)
        if url:
            return url
    raise StreamGone("The stream was opened already, or its time is over")


def _find(authorization: str | None, links: Links, records: Records, clock: Clock, about: About) -> Record:
    """The link is read before anything else is."""
    bearer = _BEARER.fullmatch(authorization or "")
    if bearer is None:
        raise LinkRefused("The call has no link: Authorization must be `Bearer` and the part of its URL after the #")
    token = links.read(bearer["token"], clock())
    about(token.request_id)
    record = records.get(token.request_id)
    if record is None:
        raise UnknownRequest("There is no request of this link any more")
    if record.link_generation != token.generation:
        raise LinkRefused("The link was revoked")
    return record

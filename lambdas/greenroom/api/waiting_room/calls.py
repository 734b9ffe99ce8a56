"""The calls of the waiting room: a link, and not a signature, says which request they are about."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from greenroom.api.views import Answer
from greenroom.api.waiting_room.view import OpenedUrl, RoomState, RoomView
from greenroom.domain.errors import LinkRefused, RequestConflict, StreamGone, UnknownRequest
from greenroom.domain.values import Clock, RequestState, StreamUrl
from greenroom.record.links import Links
from greenroom.record.model import Record
from greenroom.record.store import Records, StreamUrls

About = Callable[[str], None]
"""Called with the request's id after the link is verified."""

_BEARER = re.compile(r"Bearer +(?P<token>\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class RoomCalls:
    """The calls of the waiting room."""

    links: Links
    records: Records
    stream_urls: StreamUrls
    clock: Clock
    about: About

    def show(self, authorization: str | None) -> Answer:
        record = self._find(authorization)
        url = self.stream_urls.get(record.id) if record.state is RequestState.READY else None
        return Answer(200, RoomView.of(record, url, self.clock()).dump())

    def claim(self, authorization: str | None) -> Answer:
        """Return the URL, once. Raise StreamGone if it was opened or claimed before, or has expired.

        If the request asks for a claim, the URL is removed; otherwise it stays for the request's targets.
        """
        record = self._find(authorization)
        if record.state is not RequestState.READY:
            raise RequestConflict("There is no stream to open")
        url = self._take(record)
        return Answer(200, OpenedUrl(url=url.url, expires_at=url.expires_at).dump())

    def _take(self, record: Record) -> StreamUrl:
        # What has expired is left as it is: a fresh URL may take its place.
        if RoomView.of(record, self.stream_urls.get(record.id), self.clock()).state is RoomState.READY:
            url = self.stream_urls.take(record.id) if record.claim else self.stream_urls.open(record.id)
            if url:
                return url
        raise StreamGone("The stream was opened already, or its time is over")

    def _find(self, authorization: str | None) -> Record:
        """Return the record of a link. The link is verified before anything else is read."""
        bearer = _BEARER.fullmatch(authorization or "")
        if bearer is None:
            raise LinkRefused(
                "The call has no link: Authorization must be `Bearer` and the part of its URL after the #"
            )
        token = self.links.read(bearer["token"], self.clock())
        self.about(token.request_id)
        record = self.records.get(token.request_id)
        if record is None:
            raise UnknownRequest("There is no request of this link any more")
        if record.link_generation != token.generation:
            raise LinkRefused("The link was revoked")
        return record

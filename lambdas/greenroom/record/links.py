"""Links to the waiting room: how long each lasts, and the port that signs and reads their tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from greenroom.domain.values import Renewal, RequestState, to_iso
from greenroom.record.model import Record

# The page, below the URL of the API.
PAGE = "waiting-room"
# For how long a link tells how a request has ended.
AFTERMATH = timedelta(hours=1)


@dataclass(frozen=True)
class Token:
    """What a link says: its request, and how often the links of that had been revoked before it was made."""

    request_id: str
    generation: int = 0


class Links(Protocol):
    """The tokens of links. A token says which request it is for and when it ends, and nobody else can make one."""

    def sign(self, request_id: str, expires_at: datetime, generation: int) -> str: ...

    def read(self, token: str, now: datetime) -> Token:
        """Return what it says. LinkRefused for a token that is none of ours, was changed, or has ended."""
        ...


@dataclass(frozen=True)
class Link:
    """A link for a person. It is a bearer secret: `repr` leaves it out, so no log can show it by chance."""

    url: str = field(repr=False)
    expires_at: datetime

    def as_dict(self) -> dict[str, str]:
        return {"url": self.url, "expiresAt": to_iso(self.expires_at)}


LinkTo = Callable[[Record, datetime], Link]
"""Makes the link to a request, as it is at a time."""


def link_to(record: Record, now: datetime, *, links: Links, api_url: str) -> Link:
    """Sign a link. The token is in the URL's fragment, which browsers keep to themselves: no server ever gets it so."""
    expires_at = link_expiry(record, now)
    return Link(f"{api_url}{PAGE}#{links.sign(record.id, expires_at, record.link_generation)}", expires_at)


def link_expiry(record: Record, now: datetime) -> datetime:
    """Return when a link that is made now expires, in whole seconds.

    While the request waits: an hour after its stream can last be ready, by its deadline. When the stream is ready: when
    its URL expires. Without a stream, or after it: in an hour, to read why.
    """
    if record.state is RequestState.PENDING:
        expires_at = record.deadline_at + timedelta(seconds=record.connect_seconds) + AFTERMATH
    elif is_renewed(record):
        expires_at = now + (record.deadline_at - record.created_at) + AFTERMATH
    elif record.state is RequestState.READY and record.expires_at and record.expires_at > now:
        expires_at = record.expires_at
    else:
        expires_at = now + AFTERMATH
    return expires_at.replace(microsecond=0)


def is_renewed(record: Record) -> bool:
    """Return whether a fresh stream is on its way, in place of one whose URL expired before delivery."""
    return record.state is RequestState.READY and record.renewal is Renewal.ASKED

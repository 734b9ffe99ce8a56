"""The body of a service's answer, read by a model of it: members that are needed are there, and have the right types.

What it says in words goes into messages as it is, but cut: the gate cleans messages as a whole (`gate`).

msgspec reads them: pydantic, which reads requests and settings, would cost each function that starts a third of its
time (`python -m bench.cold_starts --ready`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from greenroom.domain.errors import shortened
from greenroom.domain.values import to_iso

# The statuses by which a service, or a gateway before it, says that nobody is there who could answer: waiting cures it.
AWAY = frozenset({502, 503, 504})
NO_WORDS = "no reason given"
_LONGEST_WORDS = 500

Text = Annotated[str, msgspec.Meta(min_length=1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""With its offset from UTC; read from ISO 8601, or taken as it is."""


class Body(msgspec.Struct, frozen=True):
    """The base of all models. Members that a model does not have are ignored.

    It may hold a token or a URL, so `repr` has nothing of it.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class AwsBody(Body, frozen=True, rename="pascal"):
    """An answer whose members are named as AWS names them: `next_token` is `NextToken`."""


ABody = TypeVar("ABody", bound=Body)


def words_of(said: Any) -> str:
    """Return a service's own words, short enough that a sentence of ours keeps its end."""
    return shortened(said, _LONGEST_WORDS) if isinstance(said, str) and said.strip() else NO_WORDS


def shown(members: Mapping[str, object]) -> dict[str, str]:
    """Return as texts what an answer has of these members: times as ISO 8601, lists with commas."""
    return {name: _text(value) for name, value in members.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return to_iso(value)
    return ", ".join(value) if isinstance(value, list) else str(value)


def read(kind: type[ABody], found: Any) -> ABody:
    """Return JSON, or botocore's values, as a model; a number may be a text. Raise ValueError if it does not fit."""
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError:
        # It may quote what was found.
        raise ValueError(f"not a {kind.__name__}") from None

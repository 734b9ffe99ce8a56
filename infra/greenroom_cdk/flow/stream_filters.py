"""The changes that wake a function, as filters of a table's stream: patterns of the two images of the item.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from greenroom.domain.values import Renewal, RequestState
from greenroom.flow.schedules import STALE
from greenroom.record.items import Attribute
from greenroom.record.model import Open

_ENDS = [state for state in RequestState if state.is_terminal]


def _is(attribute: Attribute, values: Iterable[str]) -> dict[str, Any]:
    return {attribute.value: {"S": [str(value) for value in values]}}


def _true(attribute: Attribute) -> dict[str, Any]:
    return {attribute.value: {"BOOL": [True]}}


def _is_there(attribute: Attribute) -> dict[str, Any]:
    return {attribute.value: {"S": [{"exists": True}]}}


_PENDING = _is(Attribute.STATE, [RequestState.PENDING])

# A request leaves `pending` once; that change, and no other, is an outcome. One that was withdrawn was never settled.
ENDED = {"OldImage": _PENDING, "NewImage": _is(Attribute.STATE, _ENDS) | _is_there(Attribute.SETTLED_AT)}
# A fresh stream was asked for because the URL had expired, and now there is one, or there will be none.
RENEWED = {
    "OldImage": _is(Attribute.RENEWAL, [Renewal.ASKED]),
    "NewImage": _is(Attribute.RENEWAL, [Renewal.DONE, Renewal.FAILED]),
}
# The service was looked at for a request that a connected client watches.
SEEN = {
    "NewImage": _PENDING
    | _true(Attribute.WATCHED)
    | {Attribute.STREAM.value: {"M": {"state": {"S": [{"exists": True}]}}}}
}

# The request asked for what was started for it to be released, and something may have been started.
_RELEASING = _is(Attribute.OPEN, [Open.RELEASING])
_WANTS_RELEASE = _true(Attribute.RELEASE_ON_FAILURE)
RELEASED = (
    # It has just ended without a stream.
    {
        "OldImage": _PENDING,
        "NewImage": _is(Attribute.STATE, [state for state in _ENDS if state is not RequestState.READY])
        | _is_there(Attribute.STARTED)
        | _WANTS_RELEASE,
    },
    # Its renewal has.
    {
        "OldImage": _is(Attribute.RENEWAL, [Renewal.ASKED]),
        "NewImage": _is(Attribute.RENEWAL, [Renewal.FAILED]) | _is_there(Attribute.FRESH_STARTED) | _WANTS_RELEASE,
    },
    # Something came to be after its end. Other changes after that fit too, and the function leaves them.
    {"NewImage": _true(Attribute.LATE) | _WANTS_RELEASE},
    # The sweep asks for it once more. As above.
    {"OldImage": _RELEASING, "NewImage": _RELEASING | _WANTS_RELEASE},
)

# Something was seen of a pool that its schedules do not know yet.
OBSERVED = {"NewImage": {STALE: {"BOOL": [True]}}}

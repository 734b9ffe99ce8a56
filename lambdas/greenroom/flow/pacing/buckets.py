"""Buckets of a histogram that stays small: narrow where they are close to a point, and wider the further they are away.

Positions are whole numbers from 0 on. A bucket's name says which positions it has.
"""

from __future__ import annotations

import math
from collections.abc import Collection

# A new bucket is at most one part in so many of the way to it, within a doubling.
_PARTS = 16
# A bucket that is there already is joined if it is wider than a new one by so many doublings.
_WIDER = 2


def bucket_of(position: int, *, away: int, known: Collection[str]) -> str:
    """Name the bucket to join: one of the known that has the position and is narrow enough, or a new one.

    Buckets are filled from their start, so none begins where a narrower one is already.
    """
    doublings = math.ceil(math.log2(max(1.0, away / _PARTS)))
    possible = (_name(position, wide) for wide in range(doublings + _WIDER + 1))
    if joined := next((bucket for bucket in possible if bucket in known), None):
        return joined
    spans = [edges(bucket) for bucket in known]
    while doublings and any(_within(span, edges(_name(position, doublings))) for span in spans):
        doublings -= 1
    return _name(position, doublings)


def edges(bucket: str) -> tuple[int, int]:
    """Give its first position, and the one after its last."""
    index, _, doublings = bucket.partition("w")
    return int(index, 16) << int(doublings), (int(index, 16) + 1) << int(doublings)


def is_bucket(text: str) -> bool:
    index, _, doublings = text.partition("w")
    return bool(index) and all(digit in "0123456789abcdef" for digit in index) and doublings.isdigit()


def _name(position: int, doublings: int) -> str:
    return f"{position >> doublings:x}w{doublings}"


def _within(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]

"""All that is seen of a wait by looking at it now and then."""

from __future__ import annotations

from dataclasses import dataclass

# So many observations are learned from, the last ones: more would make a plan little better (the error shrinks with the
# cube root), and an item of the table larger.
KEPT = 512


@dataclass(frozen=True)
class Observation:
    """One wait: not over `after` so many seconds, over `by` so many; `by` is None if it was never seen to be over."""

    after: int
    by: int | None

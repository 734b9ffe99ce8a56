"""When the flow looks at a stream that is not ready yet."""

from __future__ import annotations

import math

from greenroom.flow.payload import Payload

# An execution's history ends at 25,000 events. So many looks fit into it even if each of them is throttled and fails
# as often as the retriers of the state machine allow; tests/statemachine/test_limits.py computes it from the file.
MAX_LOOKS = 500


class Schedule(Payload):
    """How long to pause between two looks, in seconds: `first`, then `backoffRate` times more, up to `max`."""

    first: int
    backoff_rate: float
    max: int

    def within_history(self, deadline_seconds: float) -> Schedule:
        """The schedule for a wait that may take so long: its longest pause is stretched if there would be too many."""
        return self.model_copy(update={"max": max(self.max, math.ceil(deadline_seconds / MAX_LOOKS))})

    def seconds_until_next_look(self, elapsed: float) -> int:
        """How long until a request that is so many seconds old is looked at again; at least 1."""
        pause, due = float(self.first), float(self.first)
        while due <= elapsed:
            pause = min(pause * self.backoff_rate, self.max)
            due += pause
        return max(1, math.ceil(due - elapsed))

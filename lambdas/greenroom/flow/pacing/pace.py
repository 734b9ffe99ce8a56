"""How fast an operation of a service may be called, and when it is whose turn.

From `since` on, `rate` calls a second are allowed beyond `base`; all calls are numbered, and the call with number n may
be made once n are allowed. A waiting task takes the next number when all before it have theirs or are late. So even if
some tasks never come back, no more calls are made than are allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from greenroom.flow.pacing.lanes import Ticket
from greenroom.flow.pacing.paces import SEEN, VERSION, Numbers
from greenroom.flow.pacing.places import Places

# Beyond this gain, the rate is not known yet, and grows at each step by so much.
FINDING = 1.0
# From this gain on, the steps are short: the rate is known to be too low, or was measured over few calls.
FAST = 0.1

# Seconds without any wait after which the pace is over.
_QUIET_SECONDS = 60.0
# A wait of Step Functions is whole seconds, and tasks that arrived together wake together. The rest of a second is
# slept in the function, which makes the calls even; of all functions, about half so many are asleep at any time.
_ASLEEP = 5.0
# Longer than the rest of a second is seldom slept: only by who took a number together with others.
_TOGETHER_SECONDS = 0.1
# Seconds that may be waited to the end. Of a longer wait, a part is waited, since the rate may change.
_EXACT_SECONDS = 12.0
_PART = 0.85
# So many calls a second are counted, each for all of a sample.
_COUNTED = 100.0
# A step of the rate is so many calls, and so many seconds.
_STEP_CALLS, _SHORTEST_STEP, _LONGEST_STEP = 100.0, 3.0, 30.0
_FAST_STEP_CALLS = 10.0
_FINDING_STEP = 1.5


@dataclass(frozen=True)
class Pace:
    """Times are in seconds since the epoch, the rate is in calls a second.

    `taken`: how many numbers were given, without those of refused calls. `mark_at`, `mark_calls`: when the service last
    had no call to give, and how many were made by then. `gain`: by which part the rate grows at the next step. `seen`:
    when a call last had to wait. `begun`: when the pace began; 0 if the release before began it, whose buckets are of
    times of arrival and go on as if they were rounds.
    """

    version: int
    rate: float
    since: float
    base: float
    taken: int
    mark_at: float
    mark_calls: int
    gain: float
    seen: float
    begun: float
    places: Places

    @classmethod
    def of(cls, numbers: Numbers) -> Pace | None:
        if VERSION not in numbers:
            return None
        return cls(
            version=int(numbers[VERSION]),
            rate=numbers["rate"],
            since=numbers["since"],
            base=numbers["base"],
            taken=int(numbers["taken"]),
            mark_at=numbers["markAt"],
            mark_calls=int(numbers["markCalls"]),
            gain=numbers["gain"],
            seen=numbers[SEEN],
            begun=numbers.get("begun", 0.0),
            places=Places.of(numbers),
        )

    def spare(self, now: float) -> float:
        """How many more calls are allowed than were numbered; below 0, so many wait for the time of their number."""
        return self.base + self.rate * max(0.0, now - self.since) - self.taken

    def called(self, now: float) -> int:
        """How many calls were made, refused ones left out: not those that wait for the time of their number."""
        return self.taken + min(0, math.floor(self.spare(now)))

    def is_over(self, now: float) -> bool:
        """Nobody had to wait for a while, and who is still expected has had its time."""
        return now - self.seen > _QUIET_SECONDS and self.places.all_waiting() <= self.spare(now)

    def wait(self, ticket: Ticket, round_: int, now: float) -> float:
        """Give the seconds until the holder's turn in a round, 0 if it has come."""
        if 0 < ticket.number <= self.taken:
            missing = ticket.number - self.taken - self.spare(now)
        else:
            missing = self.places.before(round_, ticket.turn) + 1 - self.spare(now)
        return max(0.0, self.since - now) + missing / self.rate if missing > 0 else 0.0

    def is_due(self, wait: float) -> bool:
        """The wait is so short that the function sleeps it."""
        return wait <= self._moment() + _TOGETHER_SECONDS

    def nap(self, wait: float) -> int:
        """Give the whole seconds after which to ask again, at least 1."""
        growth = math.log1p(self.gain) / self.step()
        soonest = math.log1p(wait * growth) / growth
        if soonest > _EXACT_SECONDS:
            return math.floor(soonest * _PART)
        return max(1, math.ceil(soonest - self._moment()))

    def step(self) -> float:
        """Give the seconds from one growth of the rate to the next."""
        if self.gain >= FINDING:
            return _FINDING_STEP
        if self.gain >= FAST:
            return max(_SHORTEST_STEP, _FAST_STEP_CALLS / self.rate)
        return min(_LONGEST_STEP, max(_SHORTEST_STEP, _STEP_CALLS / self.rate))

    def sample(self) -> int:
        """Give in how many calls one is counted, for all of them.

        A pace is an item, which takes 1,000 write units a second, and each call that is counted costs two or more.
        """
        return math.ceil(self.rate / _COUNTED)

    def late(self) -> float:
        """Give how many calls may be allowed and not made, because tasks wake up to a second late."""
        return 1.0 + self.rate * (1.5 - self._moment())

    def _moment(self) -> float:
        return min(1.0, _ASLEEP / self.rate)

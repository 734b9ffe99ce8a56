"""Every metric of ours: its name, its unit, its dimensions, and what one value of it means.

Each has the dimension `service`, the stack, besides. A dimension has few values, because each combination that occurs
is a metric that is paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

NAMESPACE = "Greenroom"
SERVICE = "service"
# Most releases take seconds, and one that must wait until nothing can be made any more, some minutes. A person looks
# at what is older.
LATE_RELEASE = timedelta(minutes=15)


@dataclass(frozen=True)
class Metric:
    """`unit` is CloudWatch's word for it. `meaning` tells people what one value says."""

    name: str
    unit: str
    dimensions: tuple[str, ...]
    meaning: str


class Emit(Protocol):
    """Emits one value for each metric, all of the same dimensions."""

    def __call__(self, values: Mapping[Metric, float], /, **dimensions: str) -> None: ...


OUTCOMES = Metric("Outcomes", "Count", ("provider", "outcome"), "a request has ended, as `outcome`")
TIME_TO_READY = Metric(
    "TimeToReady", "Seconds", ("provider",), "from the acceptance of a request to its outcome `ready`"
)
LOOKS = Metric(
    "Looks", "Count", ("provider",), "how often was asked whether a stream, or what it runs on, is ready, until it was"
)
ESTIMATE_ERROR = Metric(
    "EstimateError",
    "Seconds",
    ("provider",),
    "a stream was ready so much later than the median that was told when it was asked for; negative: sooner",
)
HAND_OVER_TIME = Metric(
    "HandOverTime", "Seconds", ("channel",), "from the outcome to the moment when a target of this kind had it"
)
THROTTLED_CALLS = Metric(
    "ThrottledCalls",
    "Count",
    ("provider",),
    "a call of the flow to a service: 1, it was throttled; 0, it was not. The average is the share of throttled calls, "
    "the number of samples that of all calls",
)
WAIT_FOR_TURN = Metric(
    "WaitForTurn", "Seconds", ("provider",), "a call was put off for so long, because it was not its turn"
)
RELEASE_FAILED = Metric("ReleaseFailed", "Count", (), "the release of what Greenroom started was given up")
RELEASE_AGE = Metric(
    "ReleaseAge",
    "Seconds",
    (),
    "for so long an ended request has waited for its execution to be stopped, or for what was started for it to be "
    "released; at each sweep, for each such request",
)
STUCK_AGE = Metric(
    "StuckAge",
    "Seconds",
    (),
    "for so long an execution may have run on after the deadline, or the end, of its request; at each sweep, for each "
    "such execution",
)
PENDING_AGE = Metric(
    "PendingAge",
    "Seconds",
    (),
    "for so long the oldest of the ten pending requests that are due first has waited; at each sweep",
)
SCHEDULES_UNAVAILABLE = Metric(
    "SchedulesUnavailable", "Count", (), "what was learned could not be read or written; the request went on without"
)
PACE_UNAVAILABLE = Metric(
    "PaceUnavailable", "Count", (), "the shared pace could not be read or written; the call was made without"
)
SECRET_UNUSABLE = Metric(
    "SecretUnusable",
    "Count",
    (),
    "a secret that signs webhooks or links could not be used: it is missing, empty, or no base64 of enough bytes",
)

METRICS = (
    OUTCOMES,
    TIME_TO_READY,
    LOOKS,
    ESTIMATE_ERROR,
    HAND_OVER_TIME,
    THROTTLED_CALLS,
    WAIT_FOR_TURN,
    RELEASE_FAILED,
    RELEASE_AGE,
    STUCK_AGE,
    PENDING_AGE,
    SCHEDULES_UNAVAILABLE,
    PACE_UNAVAILABLE,
    SECRET_UNUSABLE,
)

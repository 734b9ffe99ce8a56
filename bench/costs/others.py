"""Other engines for the same work, on paper: the poll loop in a nested Express workflow, and a durable function."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench import prices

# The least that Express bills: 64 MB, for as long as it runs, its waits too.
EXPRESS_GIGABYTES = 64 / 1024
# An Express workflow ends after five minutes: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
EXPRESS_SECONDS = 300
# Per look, in the ASL: a Wait, a Task, a Choice. Around the nested loop: the Task that runs it, and a Choice.
TRANSITIONS_A_LOOK, TRANSITIONS_AROUND_EXPRESS = 3, 2
# A durable function's operations: its start, a step for each of AcceptRequest, PrepareSession and RecordReady, and
# for each look a wait and a step.
OPERATIONS, OPERATIONS_A_LOOK = 4, 2
# What each step keeps of its result, for the 30 days that are kept.
STEP_BYTES = 1024
# What somebody's work has to be worth before one builds on another engine.
WORTHWHILE_DOLLARS_A_MONTH = 100.0
DAYS_A_MONTH = 365 / 12


@dataclass(frozen=True)
class Engine:
    """The price of the engine alone for one stream, functions apart, and what it saves of what we pay for ours."""

    name: str
    dollars: float
    saves: float

    @property
    def pays_from(self) -> float | None:
        """Streams a day from which on it saves what the work is worth; None if it saves nothing."""
        return WORTHWHILE_DOLLARS_A_MONTH / DAYS_A_MONTH / self.saves if self.saves > 0 else None


def engines(transitions: int, looks: int, waited: float) -> list[Engine]:
    """Compare for a stream that took so many transitions and looks, and was waited for so many seconds."""
    ours = prices.STATE_TRANSITION.of(transitions)
    around = transitions - TRANSITIONS_A_LOOK * looks + TRANSITIONS_AROUND_EXPRESS * math.ceil(waited / EXPRESS_SECONDS)
    express = (
        prices.STATE_TRANSITION.of(around)
        + prices.EXPRESS_REQUEST.of(math.ceil(waited / EXPRESS_SECONDS))
        + prices.EXPRESS_DURATION.of(EXPRESS_GIGABYTES * waited)
    )
    operations = OPERATIONS + OPERATIONS_A_LOOK * looks
    durable = prices.DURABLE_OPERATION.of(operations) + prices.DURABLE_WRITTEN.of(operations * STEP_BYTES)
    durable += prices.DURABLE_RETAINED.of(operations * STEP_BYTES)
    named = {"Standard, as it is": ours, "the poll loop in nested Express": express, "a durable function": durable}
    return [Engine(name, dollars, ours - dollars) for name, dollars in named.items()]

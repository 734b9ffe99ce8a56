"""How long the flow waits before it looks again: `Schedule.pause`, which the file has as JSONata."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest

from greenroom.flow.learning import unlearned
from greenroom.flow.schedule import Schedule
from tests.statemachine.answers import (
    CONNECTED,
    NO_ROOM,
    PENDING,
    READY,
    SESSION_PENDING,
    SESSION_READY,
    Answer,
    accepts,
    after,
    not_its_turn,
)
from tests.statemachine.evaluators import by_the_reference, noted
from tests.statemachine.executions import Execution, play

PLANS = {
    "no look is planned": (),
    "one look": (7,),
    "two looks": (1, 40),
    "every second": tuple(range(1, 101)),
    "nothing was learned": unlearned(look_cost=0.5).looks,
    "a fleet": tuple(range(300, 1800, 50)),
}
A_DAY = 86_400
WAITED = [*range(8), 10, 11, 20, 21, 39, 40, 41, 99, 100, 101, 299, 300, 1755, 3599, A_DAY]
FAR = 100 * A_DAY
# By Wait state: the looks that it goes by, the task whose answers tell of this wait, how they begin and how it ends.
WAITS: dict[str, tuple[str, str, Answer, Answer]] = {
    "WaitForSession": ("session", "PrepareSession", SESSION_PENDING, SESSION_READY),
    "WaitForCapacity": ("session", "CreateStream", NO_ROOM, READY),
    "WaitForStream": ("stream", "GetStream", PENDING, CONNECTED),
}


def waiting(state: str, looks: Sequence[int], waited: Sequence[int], deadline_in: float = FAR) -> Execution:
    """Run an execution that finds, in one kind of wait, that it has waited so long, one value after the other.

    By the looks of the other kind, it would wait for ever.
    """
    plan, task, pending, last = WAITS[state]
    plans = {"session": [FAR], "stream": [FAR], plan: looks}
    accepted = accepts(deadline_in=deadline_in, session_looks=plans["session"], stream_looks=plans["stream"])
    seen = [after(seconds, pending) for seconds in waited]
    if state == "WaitForStream":
        return play(AcceptRequest=[accepted], CreateStream=seen[:1], GetStream=[*seen[1:], last])
    return play(**{"AcceptRequest": [accepted], task: [*seen, last]})


def test_the_pause_is_the_schedule_s_by_both_implementations_of_jsonata() -> None:
    with noted() as made:
        for state, looks in itertools.product(WAITS, PLANS.values()):
            pause = Schedule(looks, median=0, latest=0).pause
            assert waiting(state, looks, WAITED).pauses == {state: [pause(seconds) for seconds in WAITED]}
    reckoned = [each for each in made if "$progress.waited" in each.code or "$pause" in each.code]
    assert len(reckoned) == 2 * len(WAITS) * len(PLANS) * len(WAITED)
    assert by_the_reference(reckoned) == [each.value for each in reckoned]


def deadlines() -> Iterator[tuple[float, int]]:
    """Seconds from now to a deadline, and to the moment at which the task gives up: not before it, and soon after."""
    yield from ((500.4, 501), (500, 500), (1.2, 2), (0.2, 1), (0, 1), (-30, 1))


@pytest.mark.parametrize("state", WAITS)
def test_a_pause_ends_at_the_deadline_where_the_task_gives_up(state: str) -> None:
    for deadline_in, seconds in deadlines():
        assert waiting(state, [5000], [0], deadline_in).pauses == {state: [seconds]}


@pytest.mark.parametrize("state", WAITS)
def test_a_task_that_is_not_at_its_turn_says_itself_how_long_to_wait(state: str) -> None:
    """The looks do not count, nor does the deadline: the task knows it, and the URL of a ready stream has none."""
    _, task, pending, last = WAITS[state]
    created = {"CreateStream": [not_its_turn(PENDING, 5)]} if state == "WaitForStream" else {}
    turns = [not_its_turn(pending, 77), not_its_turn(pending, 1), last]
    execution = play(**{"AcceptRequest": [accepts(deadline_in=60)], **created, task: turns})
    assert execution.pauses[state][-2:] == [77, 1]


def test_the_stream_s_wait_has_looks_of_its_own_after_that_of_the_session() -> None:
    sessions = [SESSION_PENDING, after(4, SESSION_PENDING), SESSION_READY]
    execution = play(PrepareSession=sessions, CreateStream=[PENDING])
    assert execution.pauses == {"WaitForSession": [4, 5], "WaitForStream": [2]}

"""Each alarm is raised by what it is for, is over after its page's remedy, and is not raised without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra.conditions import CASES, FOLLOWING, RULES, Case
from tests.infra.operated import Operated, operated
from tests.infra.synthesised import Synthesised, as_text


@pytest.fixture(scope="module")
def deployment(stack: Synthesised) -> Iterator[Operated]:
    with operated(stack) as found:
        yield found


@pytest.fixture
def on(deployment: Operated) -> Operated:
    deployment.forget()
    deployment.tick()
    return deployment


def test_no_alarm_is_without_its_case_nor_a_mapping_or_a_rule_without_its_own(
    deployment: Operated, stack: Synthesised
) -> None:
    assert {case.alarm for case in CASES} == deployment.alarms.keys()
    mappings = stack.properties("AWS::Lambda::EventSourceMapping").values()
    assert sorted(as_text(each["FunctionName"]) for each in mappings) == list(FOLLOWING)
    assert sorted(stack.all("AWS::Events::Rule")) == list(RULES)


def periods_until(on: Operated, alarm: str, state: str, most: int) -> int | None:
    """After how many periods an alarm is in a state; None if it is not after so many."""
    for number in range(most + 1):
        if on.state(alarm) == state:
            return number
        on.tick()
    return None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_alarm_is_raised_by_what_it_is_for_and_over_after_the_remedy(case: Case, on: Operated) -> None:
    assert on.state(case.alarm) == "OK"
    course = case.condition(on)
    next(course)
    assert periods_until(on, case.alarm, "ALARM", case.within) is not None
    next(course, None)
    assert periods_until(on, case.alarm, "OK", case.over) is not None


def test_where_nothing_is_wrong_no_alarm_is_raised(on: Operated) -> None:
    on.cancel(on.ask(**on.webhook()))
    on.deployment.deliver()
    for _ in range(13):
        on.tick()
        assert {name for name in on.alarms if on.state(name) != "OK"} == set()

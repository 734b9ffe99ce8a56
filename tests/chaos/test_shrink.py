"""What is shown of a violation is the smallest run that has it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from chaos.invariants import Violation
from chaos.runs import Result
from chaos.shrink import shrink

FAULTS = [f"dynamodb.GetItem by Api #{number}: lost" for number in range(1, 9)]


def a_result(faults: Collection[str], *, broken: bool) -> Result:
    violations = [Violation("an_outcome_never_changes", "r", "it did")] if broken else []
    return Result(1, "sparse", violations, {}, list(faults), {}, [])


def playing(breaks: Callable[[Collection[str], Collection[str]], bool]) -> Callable[..., Result]:
    return lambda only, without: a_result(only, broken=breaks(only, without))


def test_only_the_faults_that_are_needed_are_left() -> None:
    needed = {FAULTS[2], FAULTS[6]}
    smallest = shrink(a_result(FAULTS, broken=True), [], playing(lambda only, _: needed <= set(only)))
    assert set(smallest.faults) == needed


def test_a_part_that_is_not_needed_is_left_out() -> None:
    play = playing(lambda _, without: "request 1" not in without)
    smallest = shrink(a_result([], broken=True), ["request 0", "request 1", "skews"], play)
    assert list(smallest.without) == ["request 0", "skews"]


def test_a_fault_keeps_its_place_where_fewer_calls_come_before_it() -> None:
    """The fourth read is the second one once the other request is left out."""

    def breaks(only: Collection[str], without: Collection[str]) -> bool:
        return FAULTS[1 if "request 0" in without else 3] in only

    smallest = shrink(a_result(FAULTS, broken=True), ["request 0"], playing(breaks))
    assert (list(smallest.faults), list(smallest.without)) == ([FAULTS[1]], ["request 0"])


def test_a_run_that_breaks_without_any_fault_needs_none() -> None:
    assert list(shrink(a_result(FAULTS, broken=True), [], playing(lambda *_: True)).faults) == []

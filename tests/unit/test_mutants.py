"""What `make mutants` complains of."""

from __future__ import annotations

import pytest

from tools.mutants import FOLDERS, Mutant, Reason, complaints, known_reasons, table

CAUGHT = Mutant("flow", "greenroom.flow.turns.in_turn", "caught")
REFUSED = Mutant("flow", "greenroom.flow.turns.in_turn", "refused")
SURVIVOR = Mutant("flow", "greenroom.flow.turns.in_turn", "survived", was="a < b", now="a <= b")
REASON = Reason(SURVIVOR.function, SURVIVOR.was, SURVIVOR.now, "They are never equal")
TWENTY = [CAUGHT] * 19 + [SURVIVOR]


@pytest.mark.parametrize(
    ("mutants", "reasons", "folders", "complaint"),
    [
        (TWENTY, [REASON], ["flow"], ""),
        ([CAUGHT] * 18 + [SURVIVOR], [REASON], ["flow"], "flow: 94.7% caught, 95% wanted"),
        (TWENTY, [], ["flow"], "greenroom.flow.turns.in_turn survives without a reason:\n  - a < b\n  + a <= b"),
        (
            [CAUGHT] * 20,
            [REASON],
            ["flow"],
            "greenroom.flow.turns.in_turn has a reason and no survivor any more:\n  - a < b\n  + a <= b",
        ),
        ([CAUGHT] * 20, [REASON], ["record"], ""),
    ],
    ids=["all is well", "too few caught", "a survivor alone", "a reason alone", "a reason elsewhere"],
)
def test_too_many_survivors_and_one_without_the_other_are_named(
    mutants: list[Mutant], reasons: list[Reason], folders: list[str], complaint: str
) -> None:
    assert "".join(complaints(mutants, reasons, folders)) == complaint


def test_what_mypy_refuses_counts_for_neither_side() -> None:
    assert table([*TWENTY, REFUSED], ["flow"]).endswith("| `flow` | 21 | 1 | 20 | 19 | 1 | 95.0% |")


def test_each_reason_says_something_of_a_folder_that_is_tried() -> None:
    assert all(len(each.reason) > 20 and each.is_in(FOLDERS) for each in known_reasons())

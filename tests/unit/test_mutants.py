"""The report of `make mutants`, from results that are given here; mutmut makes no mutants for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants import LIST, ROOT, Measure, Survivor, listed

DIFF = """--- greenroom/record/items.py
+++ greenroom/record/items.py
@@ -1,3 +1,3 @@
 def to_text(moment: datetime) -> str:
-    return moment.astimezone(UTC)
+    return moment.astimezone(None)
     # --- a comment"""
IN_LIST = '''
[[survivors]]
function = "greenroom.record.items.to_text"
changes = ["""
- return moment.astimezone(UTC)
+ return moment.astimezone(None)
"""]
reason = "It stands here for the test."
'''
SURVIVOR = Survivor.of("greenroom.record.items.x_to_text__mutmut_6", DIFF)


def a_measure(*survivors: Survivor, reasons: dict[Survivor, str] | None = None, untried: int = 0) -> Measure:
    """A hundred mutants, of which one ran out of time."""
    ends = {"survived": len(survivors), "timeout": 1, "not checked": untried}
    return Measure("record", {**ends, "killed": 99 - len(survivors) - untried}, survivors, reasons or {})


def test_a_survivor_is_known_by_its_function_and_what_it_changes_wherever_that_stands() -> None:
    moved = DIFF.replace("@@ -1,3 +1,3 @@", "@@ -7,3 +7,3 @@").replace("    return", "        return")
    assert Survivor.of("greenroom.record.items.x_to_text__mutmut_1", moved) == SURVIVOR
    assert SURVIVOR.function == "greenroom.record.items.to_text"
    assert SURVIVOR.change == "- return moment.astimezone(UTC)\n+ return moment.astimezone(None)"


def test_a_method_is_named_with_its_class() -> None:
    assert (
        Survivor.of("greenroom.adapters.sqs.xǁQueueǁput__mutmut_3", "").function == "greenroom.adapters.sqs.Queue.put"
    )


def test_a_survivor_without_a_reason_is_printed_with_what_it_changes() -> None:
    assert list(a_measure(SURVIVOR).report()) == [
        "record: 100 made, 99 caught (99.0%, 1 by the clock), 1 survived, 0 of them listed, 0 not tried",
        "  survived: greenroom.record.items.to_text",
        "    - return moment.astimezone(UTC)",
        "    + return moment.astimezone(None)",
    ]


def test_a_survivor_in_the_list_is_only_counted(tmp_path: Path) -> None:
    path = tmp_path / "mutants.toml"
    path.write_text(IN_LIST)
    measure = a_measure(SURVIVOR, reasons=listed(path))
    assert list(measure.report()) == [
        "record: 100 made, 99 caught (99.0%, 1 by the clock), 1 survived, 1 of them listed, 0 not tried"
    ]


def test_one_of_the_list_that_is_caught_by_now_is_printed_with_its_own_folder() -> None:
    other = Survivor("greenroom.flow.turns.wait", "- a\n+ b")
    report = list(a_measure(reasons={SURVIVOR: "It stands here.", other: "It stands here."}).report())
    assert report[1:] == [
        "  listed, and no survivor any more: greenroom.record.items.to_text",
        "    - return moment.astimezone(UTC)",
        "    + return moment.astimezone(None)",
    ]


@pytest.mark.parametrize(("survivors", "enough"), [(0, True), (5, True), (6, False)])
def test_a_folder_of_which_fewer_than_95_in_100_are_caught_is_not_enough(survivors: int, *, enough: bool) -> None:
    """A reason does not help: what survives is not caught."""
    found = [Survivor("greenroom.record.items.to_text", f"- {number}") for number in range(survivors)]
    assert a_measure(*found, reasons=dict.fromkeys(found, "It stands here.")).enough is enough


def test_what_was_not_tried_is_not_caught_either() -> None:
    measure = a_measure(untried=6)
    assert (measure.caught, measure.enough) == (94, False)


def test_each_listed_survivor_has_a_reason_and_a_file() -> None:
    for survivor, reason in listed(LIST).items():
        assert len(reason) > 20
        module = survivor.function.rpartition(".")[0]
        candidates = [module, module.rpartition(".")[0]]
        assert any((ROOT / "lambdas" / f"{each.replace('.', '/')}.py").exists() for each in candidates)

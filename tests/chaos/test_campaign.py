"""The campaign itself: a thousand runs hold, a run repeats itself, and what is planted is caught."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.mutants import MUTANTS, TEMPLATE

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lambdas" / "greenroom"
DEFINITIONS = [ROOT / "statemachine" / name for name in ("stream.asl.json", "batch.asl.json")]


def chaos(*arguments: str) -> tuple[int, list[str]]:
    """Run the command. Returns its status, and the lines that it printed."""
    command = [sys.executable, "-m", "chaos", "--processes", "1", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves
    assert done.stdout, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_thousand_runs_break_no_invariant() -> None:
    status, lines = chaos("--runs", "1000", "--most", "1")
    assert lines[-1] == "1000 runs, 0 violations", "\n".join(lines)
    assert status == 0


def test_a_run_repeats_itself() -> None:
    assert chaos("--runs", "12", "--seed", "7000") == chaos("--runs", "12", "--seed", "7000")


@pytest.mark.parametrize("name", ["an outcome is written over", "a URL is logged"])
def test_a_planted_defect_is_caught_and_told_with_its_seed(name: str) -> None:
    status, lines = chaos("--mutants", "--only", name, "--runs", "60")
    assert status == 0
    (told, _) = lines
    assert re.fullmatch(rf"{name}: caught with seed \d+ \(\w+\): HARD \w+: .*", told), told


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_defect_is_one_change_of_the_code_as_it_is(name: str) -> None:
    mutant = MUTANTS[name]
    if mutant.where != TEMPLATE:
        text = (PACKAGE / f"{mutant.where.replace('.', '/')}.py").read_text()
        assert text.count(mutant.old) == 1
    assert mutant.old != mutant.new

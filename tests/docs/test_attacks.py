"""Every test in tests/security says what it tries, and what stops it."""

from __future__ import annotations

import pytest

from tools.attacks import Attack, subjects


def test_there_are_sixty_attacks_at_least_and_none_is_told_twice() -> None:
    told = [attack.what for subject in subjects() for attack in subject.attacks]
    assert len(told) >= 60
    assert len(set(told)) == len(told)


def test_what_stops_an_attack_may_have_several_lines() -> None:
    attack = Attack.of("test_x.py::test_x", "Guess a link.\n\n    Stopped by the HMAC,\n    and by its end.\n    ")
    assert (attack.what, attack.stopped) == ("Guess a link.", "The HMAC, and by its end.")
    assert Attack.of("test_x", "Guess.\n\nStopped at the door: no.\n").stopped == "At the door: no."


@pytest.mark.parametrize("docstring", [None, "", "Guess a link.", "Guess a link.\n\nIt fails.", "A\nB\n\nStopped."])
def test_a_test_that_does_not_say_what_it_tries_is_an_error(docstring: str | None) -> None:
    with pytest.raises(ValueError, match="must say in its docstring"):
        Attack.of("test_x.py::test_x", docstring)

"""`greenroom learned`: what the schedules know, for people and for programs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.fake_api import Answer, FakeApi
from tests.unit.cli.conftest import Terminal


def _schedule(pool: str) -> dict[str, Any]:
    return {
        "provider": "nimble", "pool": pool, "waitingFor": "stream", "observations": 3, "median": 10, "latest": 20,
        "looks": [5, 10, 15], "seen": [[5, 10], [5, 10], [20, None]],
    }  # fmt: skip


@pytest.fixture
def schedules(api: FakeApi) -> list[dict[str, Any]]:
    found = [_schedule("a"), _schedule("b")]
    api.will_answer("GET schedules", Answer(200, {"schedules": found}))
    return found


def test_each_wait_is_told_in_words_and_drawn_in_bars(terminal: Terminal, schedules: list[dict[str, Any]]) -> None:
    done = terminal.run("learned")

    assert (done.code, len(done.stdout.splitlines())) == (0, 5 * len(schedules))
    title, counts, looks, bars, marks = done.stdout.splitlines()[:5]
    assert title == "nimble/a: stream"
    assert counts == "  3 requests, 1 of them never seen ready; median 10 s, 90 % by 20 s"
    assert looks == "  polls after 5, 10, 15 s"
    assert "█" in bars
    assert (marks.count("^"), marks.endswith("26 s")) == (3, True)


def test_one_pool_can_be_picked(terminal: Terminal, schedules: list[dict[str, Any]]) -> None:
    assert terminal.run("learned", "--pool", "nimble/b", "--json").json == {"schedules": schedules[1:]}
    assert terminal.run("learned", "--pool", "nimble/c").stdout == "Nothing was learned of nimble/c\n"


def test_at_first_nothing_is_known(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("GET schedules", Answer(200, {"schedules": []}))
    assert terminal.run("learned").stdout == "Nothing was learned yet\n"


def test_what_did_not_fit_into_the_answer_is_counted(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("GET schedules", Answer(200, {"schedules": [_schedule("a")], "more": 7}))
    assert terminal.run("learned").stdout.endswith("\n7 more are not shown, of pools that are known less\n")

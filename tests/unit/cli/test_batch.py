"""`greenroom batch`: many requests, their progress, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Answer, FakeApi, problem
from tests.unit.cli.conftest import Terminal

REQUESTS = [{"provider": "dcv", "owner": "ada"}, {"provider": "dcv", "owner": "ben"}]


def _batch(state: str, **counts: int) -> dict[str, Any]:
    ended = {} if counts.get("pending") or state in {"scheduled", "running"} else {"endedAt": "2026-11-24T12:01:00Z"}
    created = "2026-11-24T12:00:00Z"
    return {"id": "b-1", "state": state, "createdAt": created, "counts": counts, "metadata": {}, **ended}


@pytest.fixture
def lines(tmp_path: Path) -> str:
    (tmp_path / "class.jsonl").write_text("".join(json.dumps(request) + "\n" for request in REQUESTS))
    return str(tmp_path / "class.jsonl")


def _will_end(api: FakeApi, *views: dict[str, Any]) -> None:
    api.will_answer("POST batches", Answer(202, _batch("running", pending=2)))
    api.will_answer("GET batches/b-1", *(Answer(200, view, {"Retry-After": "0"}) for view in views))


def test_lines_of_a_file_are_requests_and_their_counts_are_shown(api: FakeApi, terminal: Terminal, lines: str) -> None:
    half = _batch("running", pending=1, ready=1)
    _will_end(api, half, half, _batch("finished", pending=0, ready=2))

    done = terminal.run("batch", lines, "--json")

    assert (done.code, done.json["counts"]) == (0, {"pending": 0, "ready": 2})
    [asked] = api.made("POST batches")
    assert asked.body == {"requests": REQUESTS}
    assert asked.headers["Idempotency-Key"]
    assert done.stderr.splitlines() == [
        "Batch b-1 is running", "running: 1 pending, 1 ready", "finished: 2 ready", "Batch b-1 is finished: 2 ready",
    ]  # fmt: skip


def test_a_list_a_time_and_defaults_are_sent_on(api: FakeApi, terminal: Terminal, tmp_path: Path) -> None:
    _will_end(api, _batch("finished", ready=2))
    (tmp_path / "class.json").write_text(json.dumps(REQUESTS, indent=2))

    terminal.run(
        "batch", str(tmp_path / "class.json"), "--start-at", "2026-11-25T08:00:00Z", "--defaults", '{"claim": true}'
    )

    [asked] = api.made("POST batches")
    assert asked.body == {"requests": REQUESTS, "startAt": "2026-11-25T08:00:00Z", "defaults": {"claim": True}}


def test_an_object_of_s3_is_read_by_the_api(api: FakeApi, terminal: Terminal) -> None:
    _will_end(api, _batch("finished", ready=2))

    terminal.run("batch", "s3://studio/classes/monday.jsonl")

    assert api.made("POST batches")[0].body == {"source": {"bucket": "studio", "key": "classes/monday.jsonl"}}


@pytest.mark.parametrize(
    "counts", [{"ready": 1, "failed": 1}, {"ready": 1, "timed_out": 1}, {"ready": 1, "rejected": 1}, {"cancelled": 2}],
    ids="-".join,
)  # fmt: skip
def test_a_batch_of_which_not_all_are_ready_ends_with_1(
    api: FakeApi, terminal: Terminal, lines: str, counts: dict[str, int]
) -> None:
    _will_end(api, _batch("finished", **counts))

    assert terminal.run("batch", lines).code == 1


def test_lines_that_were_rejected_are_told_with_their_rules(api: FakeApi, terminal: Terminal, lines: str) -> None:
    rejected = [{"line": 2, "errors": [{"field": "owner", "detail": "is required"}]}]
    _will_end(api, _batch("finished", ready=1, rejected=1) | {"rejected": rejected})

    done = terminal.run("batch", lines)

    assert "line 2: owner is required" in done.stderr


def test_a_batch_is_cancelled_by_its_id(api: FakeApi, terminal: Terminal) -> None:
    api.will_answer("DELETE batches/b-1", Answer(202, _batch("cancelled", ready=1, cancelled=1)))

    done = terminal.run("cancel", "b-1", "--batch", "--json")

    assert (done.code, done.json["state"]) == (0, "cancelled")


def test_detached_it_waits_for_nothing(api: FakeApi, terminal: Terminal, lines: str) -> None:
    _will_end(api, _batch("finished", failed=2))

    done = terminal.run("batch", lines, "--detach", "--json")

    assert (done.code, done.json["id"]) == (0, "b-1")
    assert api.made("GET batches/b-1") == []


def test_a_refused_batch_is_told_in_the_apis_words(api: FakeApi, terminal: Terminal, lines: str) -> None:
    api.will_answer("POST batches", problem(400, "Wrong", {"field": "startAt", "detail": "must be a time to come"}))

    done = terminal.run("batch", lines)

    assert done.code == 2
    assert "startAt must be a time to come" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"owner": "ada"}\nada\n', "line 2"), ("[1, 2", "must be a JSON list"), (None, "cannot be read")],
    ids=["line", "list", "missing"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_wrong_usage(
    api: FakeApi, terminal: Terminal, tmp_path: Path, text: str | None, words: str
) -> None:
    file = tmp_path / "class"
    if text is not None:
        file.write_text(text)

    done = terminal.run("batch", str(file))

    assert (done.code, api.calls) == (2, [])
    assert words in done.stderr


def test_a_cancelled_batch_is_followed_until_its_last_request_has_come_to_rest(
    api: FakeApi, terminal: Terminal, lines: str
) -> None:
    _will_end(api, _batch("cancelled", pending=1, cancelled=1), _batch("cancelled", cancelled=2))

    done = terminal.run("batch", lines, "--json")

    assert (done.code, done.json["counts"]) == (1, {"cancelled": 2})

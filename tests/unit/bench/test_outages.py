"""An outage is waited out: every request in flight becomes ready once what was away is back."""

from __future__ import annotations

import json

import pytest

from bench import outages
from bench.outages import BEGINS, KINDS, measure

# Longer than five attempts of a retrier without an end, so that a request that gives up is seen.
SECONDS = 60.0
REQUESTS = 8


@pytest.mark.parametrize("kind", KINDS)
def test_requests_in_flight_wait_until_what_was_away_is_back(kind: str) -> None:
    row = measure(kind, SECONDS, REQUESTS)
    assert (row.ready, row.failed, row.timed_out, row.left) == (REQUESTS, 0, 0, 0)
    assert row.last_ready_at is not None
    assert BEGINS + SECONDS <= row.last_ready_at < BEGINS + 2 * SECONDS + 60


def test_the_table_has_a_row_for_each_kind_and_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert outages.main(["--kind", "service", "--seconds", "0.5", "--requests", "2"]) == 0
    _, _, row = capsys.readouterr().out.splitlines()
    assert row.startswith("| service | 0.5 s | 2 | 0 | 0 | 0 | ")


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert outages.main(["--kind", "kms", "--seconds", "0.5", "--requests", "2", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["outages"]
    assert (row["kind"], row["ready"], row["left"]) == ("kms", 2, 0)

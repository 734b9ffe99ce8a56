"""Metrics: each is emitted at once, as CloudWatch's embedded metric format wants it."""

from __future__ import annotations

import json

import pytest

from greenroom.observability import count


def test_one_is_counted_at_once_for_its_stack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm looks for the dimension `service`, by which two stacks in one account are told apart."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "Studio")
    count("ReleaseFailed")
    count("ReleaseFailed")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert (line["service"], line["ReleaseFailed"]) == ("Studio", [1])
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive == {
            "Namespace": "Tests",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "ReleaseFailed", "Unit": "Count"}],
        }

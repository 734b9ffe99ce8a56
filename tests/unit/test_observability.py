"""Metrics: each is emitted at once, as CloudWatch's embedded metric format wants it; and what names a request."""

from __future__ import annotations

import io
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from greenroom.domain import metrics
from greenroom.domain.metrics import (
    LOOKS,
    METRICS,
    OUTCOMES,
    RELEASE_AGE,
    RELEASE_FAILED,
    STUCK_AGE,
    TIME_TO_READY,
    Metric,
)
from greenroom.observability import about, emit, logger

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
ROOT = Path(__file__).parents[2]
UNITS = {"Count", "Seconds"}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(autouse=True)
def _of_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "Studio")


def test_one_is_counted_at_once_for_its_stack(capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm looks for the dimension `service`, by which two stacks in one account are told apart."""
    emit({RELEASE_FAILED: 1})
    emit({RELEASE_FAILED: 1})
    emitted = lines(capsys)
    assert len(emitted) == 2
    for line in emitted:
        assert (line["service"], line["ReleaseFailed"]) == ("Studio", [1])
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive == {
            "Namespace": "Tests",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "ReleaseFailed", "Unit": "Count"}],
        }


def test_metrics_of_the_same_dimensions_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit({TIME_TO_READY: 12.5, LOOKS: 3}, provider="dcv")
    (line,) = lines(capsys)
    assert (line["TimeToReady"], line["Looks"], line["provider"]) == ([12.5], [3], "dcv")
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert [set(names) for names in directive["Dimensions"]] == [{"service", "provider"}]
    assert directive["Metrics"] == [{"Name": "TimeToReady", "Unit": "Seconds"}, {"Name": "Looks", "Unit": "Count"}]


@pytest.mark.parametrize("dimensions", [{}, {"provider": "dcv"}, {"provider": "dcv", "outcome": "ready", "id": "r"}])
def test_other_dimensions_than_those_of_the_metric_are_an_error(dimensions: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Outcomes has the dimensions"):
        emit({OUTCOMES: 1}, **dimensions)


def test_a_line_of_metrics_names_its_request_which_is_no_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    with about("r"):
        emit({RELEASE_FAILED: 1})
    emit({RELEASE_FAILED: 1})
    within, after = lines(capsys)
    assert within["request_id"] == "r"
    assert within["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert "request_id" not in after


def test_a_metric_may_have_several_values_and_none_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch counts them as samples: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html."""
    emit({RELEASE_AGE: [400, 900.5], STUCK_AGE: []})
    (line,) = lines(capsys)
    assert line["ReleaseAge"] == [400, 900.5]
    assert "StuckAge" not in line
    emit({RELEASE_AGE: [], STUCK_AGE: []})
    assert lines(capsys) == []


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_no_value_is_left_out_however_many_there_are(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    emit({RELEASE_AGE: range(count)})
    emitted = [line["ReleaseAge"] for line in lines(capsys)]
    assert [value for values in emitted for value in values] == list(range(count))
    assert all(len(values) <= 100 for values in emitted)


class SlowOutput(io.StringIO):
    """Lets other threads on after each piece that is written."""

    def write(self, text: str) -> int:
        written = super().write(text)
        time.sleep(0.001)
        return written


def test_lines_of_several_threads_stay_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    output, handler = SlowOutput(), logger.registered_handler
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(handler, "stream", output)

    def speak(number: int) -> None:
        with about(f"request-{number}"):
            logger.warning("said")
            emit({RELEASE_FAILED: 1})

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(speak, range(30)))
    said = [json.loads(line) for line in output.getvalue().splitlines()]
    assert len(said) == 60
    assert {line["request_id"] for line in said} == {f"request-{number}" for number in range(30)}


def test_what_a_line_is_about_ends_with_it() -> None:
    with about("r", attempt=2):
        keys = dict(logger.thread_safe_get_current_keys())
    assert (keys["request_id"], keys["attempt"]) == ("r", 2)
    assert not {"request_id", "attempt"} & set(logger.thread_safe_get_current_keys())


def test_no_two_metrics_have_one_name() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS) == 14


def test_every_metric_is_listed() -> None:
    assert list(METRICS) == [value for value in vars(metrics).values() if isinstance(value, Metric)]

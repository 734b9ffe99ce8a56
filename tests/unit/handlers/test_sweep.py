"""Sweep: how much it did, and a line of the log for each request that it could not do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from greenroom.delivery.sweep import Sweep
from greenroom.domain.values import Failure, RequestState
from greenroom.handlers import sweep
from greenroom.record.model import Open, Record
from simulation.process import LambdaContext
from tests.support.examples import a_record
from tests.support.fakes import NOW, InMemoryRecords
from tests.support.recorders import RecordingExecutions, RecordingQueue
from tests.unit.handlers.conftest import Log

LATER = NOW + timedelta(hours=1)


class Executions(RecordingExecutions):
    """Executions of which that of request `stuck` cannot be stopped."""

    def stop(self, request_id: str, error: str, cause: str) -> None:
        if request_id == "stuck":
            raise TimeoutError("States did not answer")
        super().stop(request_id, error, cause)


def use(monkeypatch: pytest.MonkeyPatch, *records: Record) -> None:
    """Have the function sweep these records, at LATER."""
    made = Sweep(InMemoryRecords(*records), Executions(), RecordingQueue(), lambda: LATER)
    monkeypatch.setattr(sweep, "sweep", made)


def test_what_was_swept_is_the_answer(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    failure = Failure("StreamFailed", "No stream")
    unannounced = a_record(id="told", state=RequestState.FAILED, settled_at=NOW, due_at=NOW, failure=failure)
    use(monkeypatch, a_record(id="overdue"), unannounced)
    assert sweep.handler({}, LambdaContext()) == {"ended": 1, "announced": 1, "renewals": 0, "releases": 0}
    (line,) = log()
    assert (line["request_id"], line["level"], line["message"]) == (
        "overdue", "WARNING", "An execution may have run on",
    )  # fmt: skip


def test_what_could_not_be_swept_is_logged_under_its_request_and_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    use(monkeypatch, a_record(id="stuck"), a_record(id="overdue"))
    with pytest.raises(ExceptionGroup) as caught:
        sweep.handler({}, LambdaContext())
    assert len(caught.value.exceptions) == 1
    (line,) = (each for each in log() if each["level"] == "ERROR")
    assert (line["request_id"], line["reason"]) == ("stuck", "States did not answer")
    assert "TimeoutError" in line["message"]


def emitted(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    (line,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    return {name: value for name, value in line.items() if name.endswith("Age")}


def test_how_old_is_what_is_left_is_emitted_a_value_for_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left: dict[str, Any] = {"state": RequestState.CANCELLED, "open": Open.RELEASING, "due_at": NOW}
    use(
        monkeypatch,
        a_record(id="long since", settled_at=NOW, to_stop=True, **left),
        a_record(id="of late", settled_at=LATER - timedelta(minutes=6), **left),
        a_record(id="overdue"),
        a_record(id="waits", created_at=LATER - timedelta(seconds=40), deadline_at=LATER + timedelta(seconds=860)),
    )
    sweep.handler({}, LambdaContext())
    assert emitted(capsys) == {"PendingAge": [40], "ReleaseAge": [3600, 360], "StuckAge": [2700, 3600]}


def test_where_nothing_is_left_no_metric_has_a_value_to_pay_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch)
    sweep.handler({}, LambdaContext())
    assert capsys.readouterr().out == ""


def test_ages_that_cannot_be_read_hide_no_error_of_the_sweep(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    def fail(_: object) -> None:
        raise TimeoutError("DynamoDB did not answer")

    use(monkeypatch, a_record(id="stuck"))
    monkeypatch.setattr(Sweep, "oldest_pending", fail)
    with pytest.raises(ExceptionGroup):
        sweep.handler({}, LambdaContext())
    assert [line["request_id"] for line in log() if line["level"] == "ERROR"] == ["stuck"]

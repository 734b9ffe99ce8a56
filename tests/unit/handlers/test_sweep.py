"""Sweep: how much it did, and a line of the log for each request that it could not do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenroom.domain.values import Failure, RequestState
from greenroom.handlers import sweep
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


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = Failure("StreamFailed", "No stream")
    unannounced = a_record(id="told", state=RequestState.FAILED, settled_at=NOW, due_at=NOW, failure=failure)
    monkeypatch.setattr(sweep, "records", InMemoryRecords(a_record(id="overdue"), unannounced))
    monkeypatch.setattr(sweep, "executions", Executions())
    monkeypatch.setattr(sweep, "queue", RecordingQueue())
    monkeypatch.setattr(sweep, "utc_now", lambda: LATER)


def test_what_was_swept_is_the_answer(log: Log) -> None:
    assert sweep.handler({}, LambdaContext()) == {"ended": 1, "announced": 1, "renewals": 0, "releases": 0}
    assert log() == []


def test_what_could_not_be_swept_is_logged_under_its_request_and_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setattr(sweep, "records", InMemoryRecords(a_record(id="stuck"), a_record(id="overdue")))
    with pytest.raises(ExceptionGroup) as caught:
        sweep.handler({}, LambdaContext())
    assert len(caught.value.exceptions) == 1
    (line,) = log()
    assert (line["request_id"], line["level"], line["reason"]) == ("stuck", "ERROR", "States did not answer")
    assert "TimeoutError" in line["message"]

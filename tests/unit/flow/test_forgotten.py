"""A stream that the service has forgotten, as one does that was restarted: it is created again, a few times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from greenroom.domain.errors import RequestEnded
from greenroom.domain.values import Failure, Progress, RequestState, Status
from greenroom.flow import tasks
from greenroom.flow.payloads import ProgressReport
from tests.support.examples import a_record, a_task
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, InMemoryStreamUrls, ScriptedPacer, ScriptedProvider

FORGOTTEN = Progress(Status.FAILED, "stopped", detail="The server was stopped", stream_id="stream", forgotten=True)
STARTING = Progress(Status.PENDING, "spawn", stream_id="stream", stream={"state": "spawn"})


class Flow:
    """The task of a stream that was created, at a service that forgets it, and the tasks that it goes to."""

    def __init__(self, clock: FakeClock) -> None:
        self.provider, self.records = ScriptedProvider(), InMemoryRecords(a_record())
        self.task = a_task(60)
        providers = {"nimble": self.provider}
        self._means: dict[str, Any] = {"providers": providers, "pacer": ScriptedPacer(), "clock": clock}
        self.create()

    def look(self) -> ProgressReport:
        self.provider.progress = FORGOTTEN
        urls = InMemoryStreamUrls()
        return self._reported(tasks.get_stream(self.task, records=self.records, stream_urls=urls, **self._means))

    def create(self) -> ProgressReport:
        self.provider.progress = STARTING
        return self._reported(tasks.create_stream(self.task, records=self.records, **self._means))

    def _reported(self, report: ProgressReport) -> ProgressReport:
        """As the state machine passes it on: as JSON."""
        self.task = replace(self.task, progress=ProgressReport.load(report.dump()))
        return report

    @property
    def calls(self) -> list[object]:
        return [call[0] for call in self.provider.calls]


@pytest.fixture
def flow(clock: FakeClock) -> Flow:
    return Flow(clock)


def test_a_stream_that_was_forgotten_is_created_again_as_one_that_was_never_made(flow: Flow) -> None:
    report = flow.look()
    assert (report.status, report.stream_id, report.wait, report.since) == (Status.PENDING, "", 1, None)
    assert flow.records.records["r"].stream["statusMessage"] == "The server was stopped"
    assert flow.records.records["r"].looks == 1
    again = flow.create()
    assert (again.status, again.stream_id, again.since) == (Status.PENDING, "stream", NOW)


def test_what_is_created_again_has_waited_for_its_turn_as_often_as_before_and_needs_no_session_prepared(
    flow: Flow,
) -> None:
    flow.task = replace(flow.task, progress=replace(flow.task.progress, turns=7, prepared=True))
    for report in (flow.look(), flow.create()):
        assert (report.turns, report.prepared) == (7, True)


def test_what_is_forgotten_again_and_again_has_failed(flow: Flow) -> None:
    for _ in range(tasks.MOST_TIMES_FORGOTTEN):
        assert flow.look().status is Status.PENDING
        flow.create()
    failed = flow.look()
    assert (failed.status, failed.detail) == (Status.FAILED, "The server was stopped")


def test_what_a_release_has_let_go_is_not_created_again(flow: Flow) -> None:
    """The look may come after it, and finds what it finds when the service has forgotten."""
    flow.records.settle("r", RequestState.CANCELLED, NOW, Failure("Cancelled", "by its owner"))
    with pytest.raises(RequestEnded):
        flow.look()
    assert flow.calls == ["create", "describe"]

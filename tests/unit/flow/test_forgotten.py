"""A stream that the service has forgotten, as one does that was restarted: it is created again, a few times."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import RequestEnded
from greenroom.domain.values import Failure, Progress, RequestState, Status
from greenroom.flow.payloads import ProgressReport
from greenroom.flow.tasks import MOST_TIMES_FORGOTTEN
from tests.support.examples import a_flow, a_record, a_task
from tests.support.fakes import NOW, FakeClock, InMemoryRecords, ScriptedProvider

FORGOTTEN = Progress(Status.FAILED, "stopped", detail="The server was stopped", stream_id="stream", forgotten=True)
STARTING = Progress(Status.PENDING, "spawn", stream_id="stream", stream={"state": "spawn"})


class Desk:
    """The task of a stream that was created, at a service that forgets it, and the tasks that it goes to."""

    def __init__(self, clock: FakeClock) -> None:
        self.provider, self.records = ScriptedProvider(), InMemoryRecords(a_record())
        self.task = a_task(60)
        self._flow = a_flow({"nimble": self.provider}, self.records, clock)
        self.create()

    def look(self) -> ProgressReport:
        self.provider.progress = FORGOTTEN
        return self._reported(self._flow.get_stream(self.task))

    def create(self) -> ProgressReport:
        self.provider.progress = STARTING
        return self._reported(self._flow.create_stream(self.task))

    def _reported(self, report: ProgressReport) -> ProgressReport:
        """As the state machine passes it on: as JSON."""
        self.task = self.task.replace(progress=ProgressReport.load(report.dump()))
        return report

    @property
    def calls(self) -> list[object]:
        return [call[0] for call in self.provider.calls]


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(clock)


def test_a_stream_that_was_forgotten_is_created_again_as_one_that_was_never_made(desk: Desk) -> None:
    report = desk.look()
    assert (report.status, report.stream_id, report.wait, report.since) == (Status.PENDING, "", 1, None)
    assert desk.records.records["r"].stream["statusMessage"] == "The server was stopped"
    assert desk.records.records["r"].looks == 1
    again = desk.create()
    assert (again.status, again.stream_id, again.since) == (Status.PENDING, "stream", NOW)


def test_what_is_created_again_has_waited_for_its_turn_as_often_as_before_and_needs_no_session_prepared(
    desk: Desk,
) -> None:
    desk.task = desk.task.replace(progress=desk.task.progress.replace(turns=7, prepared=True))
    for report in (desk.look(), desk.create()):
        assert (report.turns, report.prepared) == (7, True)


def test_what_is_forgotten_again_and_again_has_failed(desk: Desk) -> None:
    for _ in range(MOST_TIMES_FORGOTTEN):
        assert desk.look().status is Status.PENDING
        desk.create()
    failed = desk.look()
    assert (failed.status, failed.detail) == (Status.FAILED, "The server was stopped")


def test_what_a_release_has_let_go_is_not_created_again(desk: Desk) -> None:
    """The look may come after it, and finds what it finds when the service has forgotten."""
    desk.records.settle("r", RequestState.CANCELLED, NOW, Failure("Cancelled", "by its owner"))
    with pytest.raises(RequestEnded):
        desk.look()
    assert desk.calls == ["create", "describe"]

"""ReleaseSession and Learn: what each does with one change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from greenroom.domain.errors import SchedulesUnavailable, ServiceRefused
from greenroom.domain.values import RequestState, Waiting
from greenroom.flow.learning import Observation
from greenroom.flow.schedules import Learned, Pool
from greenroom.handlers import learn, release_session
from greenroom.record.items import to_item
from tests.support.examples import FIELDS, a_body, a_record
from tests.support.fakes import NOW, InMemoryHolders, InMemoryRecords, InMemorySchedules, ScriptedProvider
from tests.unit.handlers.conftest import Counted, Log

STARTED = {"state": "failed", "settledAt": NOW.isoformat(), "started": "token", "streamId": "stream"}


def release(patch: pytest.MonkeyPatch, provider: ScriptedProvider) -> InMemoryRecords:
    """Handle the end of request `r`, for which something was started; returns the records."""
    record = a_record(a_body(releaseOnFailure=True), state=RequestState.FAILED, settled_at=NOW)
    records = InMemoryRecords(record)
    fakes: Mapping[str, Any] = {"providers": {"nimble": provider}, "records": records}
    fakes = {**fakes, "holders": InMemoryHolders(), "utc_now": lambda: NOW}
    for name, fake in fakes.items():
        patch.setattr(release_session, name, fake)
    release_session.release_session(to_item(record) | {"state": "pending"}, to_item(record) | STARTED)
    return records


def test_what_was_started_is_let_go_and_nothing_is_counted(
    monkeypatch: pytest.MonkeyPatch, counted: Counted, log: Log
) -> None:
    provider = ScriptedProvider()
    records = release(monkeypatch, provider)
    assert provider.calls == [("release", FIELDS, "stream", "token")]
    assert (records.release_failures, counted(), log()) == ({}, [], [])


def test_what_cannot_be_let_go_is_counted_and_logged(
    monkeypatch: pytest.MonkeyPatch, counted: Counted, log: Log
) -> None:
    records = release(monkeypatch, ScriptedProvider(error=ServiceRefused("NotYours", "It is not yours")))
    assert records.release_failures["r"].error == "NotYours"
    assert counted() == ["ReleaseFailed"]
    (line,) = log()
    assert (line["level"], line["reason"]) == ("ERROR", "It is not yours")


def test_the_schedules_of_the_pool_that_changed_are_made_and_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    schedules = InMemorySchedules()
    for name in ("studio", "other"):
        schedules.observe(Pool("nimble", name), {Waiting.STREAM: Observation(10, 12)})
    monkeypatch.setattr(learn, "schedules", schedules)
    learn.learn({}, {"id": "nimble/studio", "provider": "nimble", "pool": "studio", "stale": True})
    assert schedules.of(Pool("nimble", "studio")).keys() == {Waiting.STREAM}
    assert schedules.of(Pool("nimble", "other")) == {}


def test_schedules_that_cannot_be_read_are_counted_and_the_change_comes_again(
    monkeypatch: pytest.MonkeyPatch, counted: Counted
) -> None:
    class Broken(InMemorySchedules):
        def read(self, pool: Pool) -> Learned | None:
            raise SchedulesUnavailable(f"DynamoDB has no {pool}")

    monkeypatch.setattr(learn, "schedules", Broken())
    with pytest.raises(SchedulesUnavailable):
        learn.learn({}, {"provider": "nimble", "pool": "studio"})
    assert counted() == ["SchedulesUnavailable"]

"""What a pacer tells of the calls that it makes."""

from __future__ import annotations

import pytest

from greenroom.domain.errors import ServiceRefused, ThrottlingException
from greenroom.flow.pacing import NotYet, WatchedPacer
from tests.support.fakes import NOW, FakeClock
from tests.support.paces import InMemoryPaces
from tests.support.recorders import RecordingMetrics

NIMBLE = {"provider": "nimble"}


class Desk:
    def __init__(self) -> None:
        self.metrics, self.paces = RecordingMetrics(), InMemoryPaces()
        self.pacer = WatchedPacer(self.paces, FakeClock(), self.metrics)

    def ask(self, name: str = "nimble/look", error: Exception | None = None, ticket: str = "") -> str:
        def call() -> str:
            if error:
                raise error
            return "answer"

        return self.pacer.ask(name, call, lane="ada", arrived_at=NOW, ticket=ticket)


def test_a_call_that_was_answered_was_not_throttled() -> None:
    desk = Desk()
    assert desk.ask() == desk.ask("nimble/create") == "answer"
    assert desk.metrics.of("ThrottledCalls") == [(0, NIMBLE), (0, NIMBLE)]
    assert desk.metrics.of("WaitForTurn") == []


def test_a_call_is_told_of_by_its_provider() -> None:
    desk = Desk()
    desk.ask("dcv/create")
    assert desk.metrics.of("ThrottledCalls") == [(0, {"provider": "dcv"})]


def test_an_error_of_the_service_is_raised_and_is_no_throttling() -> None:
    desk = Desk()
    with pytest.raises(ServiceRefused):
        desk.ask(error=ServiceRefused("NoSuchSession", "none"))
    assert desk.metrics.of("ThrottledCalls") == [(0, NIMBLE)]


def test_a_throttled_call_is_told_of_with_the_wait_that_follows() -> None:
    desk = Desk()
    with pytest.raises(NotYet) as caught:
        desk.ask(error=ThrottlingException("Too many requests"))
    assert desk.metrics.of("ThrottledCalls") == [(1, NIMBLE)]
    assert desk.metrics.of("WaitForTurn") == [(caught.value.seconds, NIMBLE)]


def test_a_call_whose_turn_has_not_come_was_not_made() -> None:
    desk = Desk()
    for _ in range(2):
        with pytest.raises(NotYet):
            desk.ask(error=ThrottlingException("Too many requests"))
    assert len(desk.metrics.of("ThrottledCalls")) == 1
    assert len(desk.metrics.of("WaitForTurn")) == 2


def test_who_comes_with_its_ticket_has_its_place_still() -> None:
    desk = Desk()
    with pytest.raises(NotYet) as caught:
        desk.ask(error=ThrottlingException("Too many requests"))
    with pytest.raises(NotYet):
        desk.ask(ticket=caught.value.ticket)
    assert sum(count for name, count in desk.paces.numbers["nimble/look"].items() if name.startswith("j:")) == 1


def test_that_there_is_no_pace_is_told_and_the_call_is_made() -> None:
    desk = Desk()
    desk.paces.fails = {"read"}
    assert desk.ask() == "answer"
    assert desk.metrics.of("PaceUnavailable") == [(1, {})]
    assert desk.metrics.of("ThrottledCalls") == [(0, NIMBLE)]

"""One call at a time through the pacer: when it is made, when it waits, and that pacing itself never fails one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from greenroom.domain.errors import CapacityUnavailable, ThrottlingException
from greenroom.flow.pacing import NotYet, Pacer
from greenroom.flow.pacing.paces import Numbers
from tests.support.fakes import NOW, FakeClock
from tests.support.paces import InMemoryPaces

NAME = "nimble/create"


class Desk:
    """A pacer and a service that refuses as many calls as `refusals` says.

    `slept`: the seconds of each sleep. `chance`: which of a fast pace's calls are counted: all (0) to none (1).
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.paces = clock, InMemoryPaces()
        self.failures = self.calls = self.refusals = 0
        self.slept: list[float] = []
        self.chance = 0.0
        self.pacer = Pacer(self.paces, clock, self._failed, sleep=self._sleep, chance=lambda: self.chance)

    def ask(
        self, arrived: float = 0, ticket: str = "", call: Callable[[], str] | None = None, lane: str = "ada"
    ) -> str:
        """Ask for an execution that started so many seconds after the first."""
        return self.pacer.ask(
            NAME, call or self._call, lane=lane, arrived_at=NOW + timedelta(seconds=arrived), ticket=ticket
        )

    def refused(self, arrived: float = 0, ticket: str = "") -> NotYet:
        self.refusals += 1
        return self.waits(arrived, ticket)

    def waits(self, arrived: float = 0, ticket: str = "", lane: str = "ada") -> NotYet:
        with pytest.raises(NotYet) as caught:
            self.ask(arrived, ticket, lane=lane)
        return caught.value

    def served(self, not_yet: NotYet, arrived: float = 0, asked: int = 1) -> int:
        """Ask again each time when told, until the call is made; returns how often that was."""
        self.clock.advance(not_yet.seconds)
        try:
            self.ask(arrived, not_yet.ticket)
        except NotYet as again:
            return self.served(again, arrived, asked + 1)
        return asked

    def before_add(self, which: str, do: Callable[[], object]) -> None:
        """Do this, as another task might, right before numbers whose name begins so are added to the next time."""
        add = self.paces.add

        def once(name: str, amounts: Mapping[str, int], *, seen: float | None = None) -> Numbers:
            if name.startswith(which):
                self.paces.add = add  # type: ignore[method-assign]
                do()
            return add(name, amounts, seen=seen)

        self.paces.add = once  # type: ignore[method-assign]

    def rate(self) -> float:
        return self.paces.numbers[NAME]["rate"]

    def _call(self) -> str:
        self.calls += 1
        if self.refusals:
            self.refusals -= 1
            raise ThrottlingException("Too many requests")
        return "answer"

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def _failed(self) -> None:
        self.failures += 1


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(clock)


def test_until_the_service_refuses_a_call_pacing_is_one_cheap_read(desk: Desk) -> None:
    assert desk.ask() == "answer"
    assert (desk.paces.calls, desk.paces.numbers, desk.slept) == (["read"], {}, [])


def test_a_refused_call_waits_and_is_made_at_its_turn(desk: Desk) -> None:
    assert desk.served(desk.refused()) == 1
    assert (desk.calls, desk.failures) == (2, 0)


def test_a_pace_begins_once_for_all_calls_that_are_refused_together(desk: Desk) -> None:
    first = desk.refused()
    reads = ["read", "read consistently", "read consistently", "read"]
    assert [call for call in desk.paces.calls if call.startswith("read")] == reads
    assert str(first) == f"Not before {first.seconds} s have passed"
    assert {name.rpartition("/")[0] for name in desk.paces.numbers if name != NAME} == {
        f"lanes/{NAME}/{NOW.timestamp():.3f}"
    }


def test_from_then_on_calls_wait_without_reaching_the_service(desk: Desk) -> None:
    desk.refused()
    for second in range(1, 100):
        desk.waits(second)
    assert desk.calls == 1


def test_the_first_to_arrive_is_the_first_to_call(desk: Desk) -> None:
    desk.refused(arrived=0)
    for arrived in range(300, 0, -1):
        desk.waits(arrived)
    first, middle, last = (desk.waits(arrived).seconds for arrived in (0.5, 150.5, 300.5))
    assert first < middle < last


def test_who_asks_for_the_first_time_is_not_behind_all_that_another_asked_for(desk: Desk) -> None:
    desk.refused(arrived=0)
    for arrived in range(1, 300):
        last = desk.waits(arrived)
    with pytest.raises(NotYet) as bob:
        desk.ask(300, lane="bob")
    with pytest.raises(NotYet) as batch:
        desk.ask(301, lane="batch/bob")
    assert bob.value.seconds <= 2
    assert last.seconds >= 7
    assert batch.value.seconds >= last.seconds


def test_a_call_that_waits_is_counted_once(desk: Desk) -> None:
    desk.refused()
    ahead = [desk.waits(second) for second in range(1, 60)]
    again = desk.waits(59, ahead[-1].ticket)
    assert sum(count for name, count in desk.paces.numbers[NAME].items() if name.startswith("j:")) == 60
    assert (again.ticket, again.seconds) == (ahead[-1].ticket, ahead[-1].seconds)


def test_only_who_may_have_waited_too_long_reads_consistently(desk: Desk) -> None:
    waiting = desk.refused()
    desk.paces.calls.clear()
    desk.waits(arrived=1)
    desk.waits(0, waiting.ticket)
    of_pace_and_lane = ["read", "read", "read consistently", "read consistently"]
    assert [call for call in desk.paces.calls if call.startswith("read")] == of_pace_and_lane


def test_what_step_functions_cannot_wait_is_slept(desk: Desk) -> None:
    first = desk.refused()
    others = [desk.waits(index / 100) for index in range(1, 20)]
    desk.clock.advance(first.seconds)
    desk.ask(0, first.ticket)
    desk.clock.advance(max(0, others[0].seconds - first.seconds))
    for index, other in enumerate(others[:3], 1):
        desk.ask(index / 100, other.ticket)
    assert desk.slept
    assert 0 < max(desk.slept) <= 1.1


def test_a_long_wait_is_not_slept_through_since_the_rate_may_change(desk: Desk) -> None:
    desk.refused()
    for second in range(1, 3000):
        last = desk.waits(second)
    desk.clock.advance(5)
    desk.paces.numbers[NAME] |= {"gain": 0.015}
    expected = 3000 / desk.rate()
    assert 0.5 * expected < desk.waits(2999, last.ticket).seconds < 0.9 * expected


def test_a_call_refused_in_spite_of_its_turn_slows_the_pace_and_keeps_its_place(desk: Desk) -> None:
    first, second = desk.refused(arrived=0), desk.waits(arrived=1)
    before = desk.rate()
    desk.clock.advance(2)
    again = desk.refused(0, first.ticket)
    assert desk.rate() < before
    assert desk.paces.numbers[NAME]["gone"] == 0
    desk.clock.advance(1)
    desk.ask(0, again.ticket)
    assert desk.served(second, arrived=1) >= 1


@pytest.mark.parametrize("lane", ["ada", "batch/ada"])
def test_a_refused_call_has_neither_its_number_nor_its_turn_any_more(desk: Desk, lane: str) -> None:
    desk.refusals = 2
    with pytest.raises(NotYet) as first:
        desk.ask(lane=lane)
    desk.clock.advance(2)
    with pytest.raises(NotYet) as again:
        desk.ask(0, first.value.ticket, lane=lane)
    assert again.value.ticket == first.value.ticket
    assert [desk.paces.numbers[NAME][name] for name in ("taken", "gone", "batchesGone")] == [0, 0, 0]


def test_the_quiet_begins_after_a_refusal_however_long_the_call_took(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)

    def refuse_slowly() -> str:
        desk.clock.advance(3)
        raise ThrottlingException("Too many requests")

    with pytest.raises(NotYet):
        desk.ask(0, first.ticket, refuse_slowly)
    assert desk.paces.numbers[NAME]["seen"] == desk.clock.now.timestamp()


def test_a_call_that_has_its_number_asks_for_no_place_in_its_lane(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)
    assert desk.ask(0, first.ticket) == "answer"
    bucket, order, _, turn = first.ticket.split(".")
    desk.paces.calls.clear()
    assert desk.ask(0, f"{bucket}.{order}.1.{turn}") == "answer"
    assert [call for call in desk.paces.calls if call.startswith("read")] == ["read consistently"]
    assert desk.paces.numbers[NAME]["taken"] == 1


def test_of_calls_refused_together_one_slows_the_pace(desk: Desk) -> None:
    first, second = desk.refused(arrived=0), desk.waits(arrived=1)
    desk.clock.advance(2)
    rates = [desk.rate()]

    def refuse_after_the_other() -> str:
        desk.refused(1, second.ticket)
        rates.append(desk.rate())
        raise ThrottlingException("Too many requests")

    with pytest.raises(NotYet):
        desk.ask(0, first.ticket, refuse_after_the_other)
    assert rates[0] > rates[1] == desk.rate()
    assert [desk.paces.numbers[NAME][name] for name in ("taken", "base", "markCalls")] == [0, 0, 0]


def test_an_error_that_is_no_refusal_passes_and_its_turn_is_used(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)

    def full() -> str:
        raise CapacityUnavailable("ServiceQuotaExceededException", "full")

    with pytest.raises(CapacityUnavailable):
        desk.ask(0, first.ticket, full)
    assert desk.paces.numbers[NAME]["taken"] == 1


def test_nobody_waits_for_executions_that_were_stopped(desk: Desk) -> None:
    desk.refused()
    for second in range(1, 30):
        desk.waits(second)
    assert desk.served(desk.waits(arrived=31), arrived=31) <= 5
    assert desk.clock.now - NOW < timedelta(seconds=30)


def test_a_call_that_comes_back_when_its_pace_is_over_begins_the_next_if_it_is_refused(desk: Desk) -> None:
    waiting = desk.waits(30) if desk.refused() else None
    assert waiting
    desk.clock.advance(3600)
    begun = desk.clock.now.timestamp()
    desk.refused(30, waiting.ticket)
    assert (desk.paces.numbers[NAME]["begun"], desk.paces.numbers[NAME]["taken"]) == (begun, 0)


def test_calls_that_are_made_have_the_rate_grow(desk: Desk) -> None:
    waiting = [desk.refused(), *(desk.waits(index / 10) for index in range(1, 60))]
    rates = [desk.rate()]
    desk.clock.advance(2)
    for index, pause in enumerate((0, 0, 0, 0.6)):
        desk.clock.advance(pause)
        desk.ask(index / 10, waiting[index].ticket)
        rates.append(desk.rate())
    assert rates[0] == rates[3] < rates[4]


def test_when_it_has_been_quiet_the_pace_is_over(desk: Desk) -> None:
    desk.served(desk.refused())
    desk.clock.advance(61)
    desk.paces.calls.clear()
    desk.ask()
    assert desk.paces.calls == ["read"]


def test_the_quiet_begins_after_the_last_call_that_had_to_wait(desk: Desk) -> None:
    desk.refused()
    desk.clock.advance(0.2)
    waiting = desk.waits(arrived=0.2)
    assert desk.paces.numbers[NAME]["seen"] == desk.clock.now.timestamp()
    desk.clock.advance(10)
    desk.ask(0.2, waiting.ticket)
    assert desk.paces.numbers[NAME]["seen"] == desk.clock.now.timestamp()
    desk.clock.advance(10)
    desk.ask(arrived=20)
    assert desk.paces.numbers[NAME]["seen"] == desk.clock.now.timestamp() - 10


def test_a_new_pace_forgets_who_waited_in_the_old_one(desk: Desk) -> None:
    desk.refused()
    for second in range(1, 30):
        desk.waits(second)
    desk.clock.advance(3600)
    assert desk.refused(arrived=3600).seconds <= 2


def test_the_next_pace_begins_with_the_rate_that_is_remembered(desk: Desk) -> None:
    desk.served(desk.refused())
    desk.paces.numbers[NAME]["rate"] = 50.0
    desk.clock.advance(3600)
    desk.refused()
    assert 30 < desk.rate() < 50
    assert desk.paces.numbers[NAME]["ttl"] >= (desk.clock.now + timedelta(hours=23)).timestamp()


@pytest.mark.parametrize("ticket", ["nonsense", "1w0.7.0", "1w0.7.99999"])
def test_a_ticket_of_another_pace_is_as_good_as_none(desk: Desk, ticket: str) -> None:
    desk.served(desk.refused())
    desk.clock.advance(10)
    assert desk.ask(5, ticket) == "answer"


def test_a_pace_that_the_release_before_began_goes_on(desk: Desk) -> None:
    desk.refused()
    begun = NOW.timestamp() * 64
    pace = desk.paces.numbers[NAME]
    for name in [name for name in pace if name.startswith("j:") or name in {"begun", "gone", "batchesGone"}]:
        del pace[name]
    pace |= {f"j:{int(begun) + 64 * second:x}w0": 1 for second in range(50)} | {f"g:{int(begun):x}w0": 1}
    old, waiting = (desk.waits(second, f"{int(begun) + 64 * second:x}w0.1.0") for second in (20, 49))
    assert 1 < old.seconds < waiting.seconds
    assert desk.served(old, arrived=20) <= 5


@pytest.fixture
def fast(desk: Desk) -> Desk:
    """A pace of 600 calls a second, of which ten may be made at once. Each sixth call is counted for six."""
    desk.refused()
    desk.clock.advance(2)
    now = desk.clock.now.timestamp()
    desk.paces.numbers = {NAME: desk.paces.numbers[NAME] | {"rate": 600.0, "gain": 0.01, "since": now, "base": 10}}
    desk.paces.numbers[NAME] |= {"taken": 0, "gone": 0, "markAt": now}
    return desk


def counts(desk: Desk) -> list[float]:
    numbers = desk.paces.numbers[NAME]
    return [numbers["taken"], numbers["gone"], numbers["base"], numbers["markCalls"]]


def test_a_call_of_a_fast_pace_is_counted_for_its_sample(fast: Desk) -> None:
    before = sum(value for name, value in fast.paces.numbers[NAME].items() if name.startswith("j:"))
    assert fast.ask(1) == "answer"
    joined = sum(value for name, value in fast.paces.numbers[NAME].items() if name.startswith("j:"))
    assert counts(fast) == [6, 6, 10, 0]
    assert joined - before == 6


def test_the_others_of_the_sample_write_nothing(fast: Desk) -> None:
    fast.chance, before = 1 / 6, counts(fast)
    fast.paces.calls.clear()
    assert [fast.ask(second) for second in range(5)] == ["answer"] * 5
    assert set(fast.paces.calls) == {"read"}
    assert counts(fast) == before


def test_one_that_is_not_counted_waits_for_its_turn_too(fast: Desk) -> None:
    fast.paces.numbers[NAME]["base"], fast.chance = -6000, 1
    not_yet = fast.waits(1)
    assert not_yet.seconds == pytest.approx(10, abs=1)
    assert fast.served(not_yet, 1) <= 2


def test_a_refused_call_of_a_fast_pace_is_uncounted_for_its_sample(fast: Desk) -> None:
    fast.refused(1)
    numbers = fast.paces.numbers[NAME]
    assert [numbers["taken"], numbers["gone"]] == [0, 0]
    assert numbers["rate"] < 600


def test_one_that_was_not_counted_slows_the_pace_too(fast: Desk) -> None:
    fast.chance = 1
    fast.refused(1)
    numbers = fast.paces.numbers[NAME]
    assert [numbers["taken"], numbers["gone"], numbers["markCalls"]] == [0, 0, 0]
    assert numbers["rate"] < 600


@pytest.mark.parametrize("broken", ["read", "add"])
def test_without_the_paces_a_call_is_made_at_once(desk: Desk, broken: str) -> None:
    desk.refused()
    desk.paces.fails = {broken}
    assert desk.ask(arrived=1) == "answer"
    assert desk.failures == 1


@pytest.mark.parametrize("broken", ["read", "add"])
def test_and_one_that_is_refused_is_left_to_the_retrier(desk: Desk, broken: str) -> None:
    desk.refused()
    desk.paces.fails = {broken}
    desk.refusals = 1
    with pytest.raises(ThrottlingException):
        desk.ask(arrived=1)
    assert desk.failures == 1


def test_a_ticket_says_which_of_its_lane_and_which_of_its_round_it_is(desk: Desk) -> None:
    first, second, other = desk.refused(), desk.waits(), desk.waits(lane="bob")
    bucket = first.ticket.partition(".")[0]
    assert [each.ticket for each in (first, second, other)] == [
        f"{bucket}.1.0.1",
        f"{bucket}.2.0.1",
        f"{bucket}.1.0.2",
    ]


def test_one_that_is_overtaken_while_it_takes_its_number_keeps_it(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)
    desk.before_add(NAME, lambda: desk.paces.numbers[NAME].update(taken=100))
    assert desk.waits(0, first.ticket).ticket.split(".")[2] == "101"


def test_one_that_waits_has_the_pace_take_its_step(desk: Desk) -> None:
    desk.refused()
    waiting = [desk.waits(second) for second in range(1, 30)]
    version = desk.paces.numbers[NAME]["version"]
    desk.clock.advance(5)
    desk.waits(29, waiting[-1].ticket)
    assert desk.paces.numbers[NAME]["version"] == version + 1


def test_after_a_refusal_a_fast_pace_is_asked_again_after_a_second(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)
    desk.paces.numbers[NAME]["rate"] = 50
    assert desk.refused(0, first.ticket).seconds == 1


@pytest.mark.parametrize("numbers", ["lanes/", NAME])
def test_who_joins_while_the_pace_is_lost_is_not_held_up(desk: Desk, numbers: str) -> None:
    desk.refused()
    desk.before_add(numbers, desk.paces.numbers.clear)
    assert desk.ask() == "answer"


def test_a_lane_that_is_lost_while_one_joins_it_has_its_turn_next(desk: Desk) -> None:
    desk.refused()
    for second in range(1, 40):
        desk.waits(second)
    desk.waits(40, lane="bob")
    desk.paces.numbers[NAME] |= {"rate": 0.5, "gain": 0.001}
    desk.before_add(
        "lanes/", lambda: desk.paces.numbers.pop(next(each for each in desk.paces.numbers if "bob" in each))
    )
    lost = desk.waits(45, lane="bob")
    assert (lost.ticket.split(".")[1:], lost.seconds) == (["0", "0", "3"], 8)


def test_a_pace_that_is_lost_while_a_call_takes_its_number_begins_anew(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)
    desk.before_add(NAME, desk.paces.numbers.clear)
    desk.refused(0, first.ticket)
    assert desk.paces.numbers[NAME]["begun"] == desk.clock.now.timestamp()


def test_a_pace_that_is_lost_as_soon_as_it_begins_leaves_the_call_to_the_retrier(desk: Desk) -> None:
    desk.paces.change = lambda *_: True  # type: ignore[method-assign]
    desk.refusals = 1
    with pytest.raises(ThrottlingException):
        desk.ask()


def test_a_pace_that_cannot_begin_leaves_the_call_to_the_retrier(desk: Desk) -> None:
    desk.paces.fails, desk.refusals = {"change"}, 1
    with pytest.raises(ThrottlingException):
        desk.ask()
    assert desk.failures == 1


def test_a_pace_that_cannot_change_stays_as_it_is(desk: Desk) -> None:
    first, rate = desk.refused(), desk.rate()
    desk.paces.fails = {"change"}
    desk.clock.advance(2)
    desk.refused(0, first.ticket)
    assert (desk.rate(), desk.failures) == (rate, 1)


def test_a_pace_that_was_lost_holds_nobody_up(desk: Desk) -> None:
    desk.refused()
    waiting = desk.waits(arrived=20)
    desk.paces.numbers.clear()
    assert desk.ask(20, waiting.ticket) == "answer"


def test_a_pace_that_is_lost_during_a_call_leaves_it_to_the_retrier(desk: Desk) -> None:
    first = desk.refused()
    desk.clock.advance(2)

    def lose() -> str:
        desk.paces.numbers.clear()
        raise ThrottlingException("Too many requests")

    with pytest.raises(ThrottlingException):
        desk.ask(0, first.ticket, lose)

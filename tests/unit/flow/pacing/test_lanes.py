"""Lanes: one turn in each round, used in the order of arrival, in an item that stays small."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from greenroom.domain.errors import PaceUnavailable
from greenroom.flow.pacing.lanes import NOBODYS, Lane, Lanes, Ticket, is_of_batches, lane_of
from tests.support.paces import InMemoryPaces

NOON = 1795521600.0


class Desk:
    def __init__(self) -> None:
        self.paces = InMemoryPaces()
        self.lanes = Lanes(self.paces, "nimble/create", NOON)

    def join(self, seconds: float, served: int = 0, lane: str = "ada") -> Ticket:
        joined, bucket, _ = self.lanes.join(lane, NOON + seconds, served, NOON + seconds)
        return Ticket(bucket, joined.arrivals[bucket], turn=1)

    def rounds(self, tickets: Iterable[Ticket], lane: str = "ada") -> list[int]:
        return [self.lanes.round_of(lane, ticket) for ticket in tickets]

    def last(self, served: int, seconds: float = 0) -> int:
        """The round of the turn that comes with one more arrival."""
        return self.lanes.join("ada", NOON + seconds, served, NOON)[0].last

    @property
    def item(self) -> dict[str, float]:
        return self.paces.numbers[f"lanes/nimble/create/{NOON:.3f}/ada"]


def test_the_lane_of_an_owner_does_not_show_who_it_is() -> None:
    ada = lane_of("arn:aws:sts::123456789012:assumed-role/Artists/ada", batch=False)
    assert len(ada) == 16
    assert lane_of("arn:aws:sts::123456789012:assumed-role/Artists/bob", batch=False) != ada
    assert lane_of("arn:aws:sts::123456789012:assumed-role/Artists/ada", batch=True) == f"batch/{ada}"
    assert lane_of(None, batch=False) == NOBODYS
    assert [is_of_batches(lane) for lane in (ada, f"batch/{ada}", NOBODYS)] == [False, True, False]


def test_a_lane_has_one_turn_a_round_after_the_one_that_is_served() -> None:
    desk = Desk()
    assert [desk.last(served=41) for _ in range(3)] == [42, 43, 44]


def test_a_lane_is_forgotten_a_day_after_it_was_renewed() -> None:
    desk = Desk()
    desk.join(0)
    assert desk.item["ttl"] == NOON + 86_400


def test_its_turns_are_used_in_the_order_of_arrival_whatever_the_order_of_joining() -> None:
    desk = Desk()
    moments = [index / 10 for index in range(300)]
    random.Random(1).shuffle(moments)  # noqa: S311  # no secret
    rounds = desk.rounds(desk.join(moment) for moment in moments[:1])
    tickets = {moment: desk.join(moment) for moment in moments[1:]}
    in_order = desk.rounds(tickets[moment] for moment in sorted(tickets))
    assert rounds == [1]
    assert sorted(in_order) == pytest.approx(in_order, abs=40)
    assert max(in_order) == 300


def test_who_arrived_earlier_and_joins_later_moves_the_others_back() -> None:
    desk = Desk()
    late = desk.join(9)
    assert desk.rounds([late]) == [1]
    early = desk.join(2)
    assert desk.rounds([early, late]) == [1, 2]


def test_lanes_know_nothing_of_each_other_nor_of_another_pace() -> None:
    desk = Desk()
    for second in range(5):
        desk.join(second)
    assert desk.rounds([desk.join(6, lane="bob")], "bob") == [1]
    other = Lanes(desk.paces, "nimble/create", NOON + 3600)
    assert other.join("ada", NOON, 7, NOON)[0].last == 8


def test_a_lane_that_had_all_its_turns_goes_on_after_the_round_that_is_served() -> None:
    desk = Desk()
    tickets = [desk.join(second) for second in range(5)]
    assert desk.last(served=100, seconds=6) == 101
    assert desk.rounds(tickets) == [100] * 5
    assert [name for name in desk.item if name.startswith("j:")] == [name for name in desk.item if "w" in name]
    assert sum(count for name, count in desk.item.items() if name.startswith("j:")) == 1


def test_one_that_arrived_with_what_is_forgotten_is_not_lost() -> None:
    desk = Desk()
    desk.join(0)
    assert desk.last(served=50, seconds=0) == 51


def test_the_item_stays_small_however_long_the_lane_is_used() -> None:
    desk = Desk()
    for second in range(2000):
        desk.join(second, served=max(0, second - 20))
    assert len(desk.item) <= 100
    assert desk.last(served=1980, seconds=2000) == 2001


@pytest.mark.parametrize(("served", "left"), [(32, None), (33, 8), (35, 6)])
def test_many_turns_that_are_gone_are_forgotten_together_and_the_one_that_is_served_is_not(
    served: int, left: int | None
) -> None:
    lane = Lane(1, 0, {f"{position:x}w0": 1 for position in reversed(range(40))})
    renewed = lane.renewed("27w0", served)
    assert (renewed and len(renewed.arrivals)) == left
    assert renewed is None or renewed.arrivals == {
        f"{each:x}w0": 1 for each in range(40 - len(renewed.arrivals), 39)
    } | {"27w0": 2}


def test_a_lane_is_not_renewed_while_its_last_turn_is_served() -> None:
    lane = Lane(1, 0, {"0w0": 1})
    assert lane.renewed("1w0", served=1) is None
    assert lane.renewed("1w0", served=2) == Lane(2, 2, {"1w0": 1})


@pytest.mark.parametrize(("away", "bucket"), [(16, "1010w0"), (128, "210w3"), (129, "108w4")])
def test_the_order_of_arrival_is_told_the_finer_the_closer_it_is_to_the_first_that_waits(
    away: int, bucket: str
) -> None:
    lane = Lane(1, 0, {"0w0": 1, "1000w0": 1})
    assert lane.bucket((0x1000 + away) / 64, served=2) == bucket


def test_joining_is_one_write_and_a_lane_costs_none_of_its_own() -> None:
    desk = Desk()
    desk.join(0)
    desk.join(1)
    assert desk.paces.calls == ["read", "change", "read", "add"]


def test_a_lane_that_another_task_has_begun_meanwhile_is_joined() -> None:
    desk = Desk()
    desk.join(0)
    read = desk.paces.read
    desk.paces.read = lambda *_, **__: {}  # type: ignore[method-assign]  # what was read is a second old
    ticket = desk.join(1)
    desk.paces.read = read  # type: ignore[method-assign]
    assert desk.rounds([ticket]) == [2]


def test_without_the_paces_nobody_knows() -> None:
    desk = Desk()
    desk.paces.fails = {"add", "change"}
    with pytest.raises(PaceUnavailable):
        desk.join(0)


def test_a_lane_that_was_lost_holds_nobody_up() -> None:
    desk = Desk()
    ticket = desk.join(1)
    desk.paces.numbers.clear()
    assert desk.rounds([ticket]) == [0]


def test_a_ticket_is_read_as_it_was_written() -> None:
    ticket = Ticket("1a49204007w3", 12, 3).numbered(345)
    assert Ticket.of(str(ticket)) == ticket == Ticket("1a49204007w3", 12, 3, 345)


def test_a_ticket_of_the_release_before_has_no_turn() -> None:
    assert Ticket.of("1a49204007w3.12.345") == Ticket("1a49204007w3", 12, 0, 345)


@pytest.mark.parametrize(
    "text",
    ["", "ticket", "1w0", "1w0.1", "1w0.1.x", "w0.1.0", "1w.1.0", "zw0.1.0", "Xw0.1.0", "1w0.1.0.0.0", "1w0.1.0.x"],
)
def test_anything_else_is_no_ticket(text: str) -> None:
    assert Ticket.of(text) is None

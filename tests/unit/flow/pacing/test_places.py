"""Places in the queue: first come, first served, in few buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from greenroom.flow.pacing.places import GONE, JOINED, Places, Ticket

NOON = 1795521600.0


def joined(arrivals: Iterable[float], places: Places | None = None) -> tuple[Places, list[Ticket]]:
    counts = Counter(places.joined if places else {})
    tickets = []
    for arrived in arrivals:
        bucket = Places(dict(counts), {}).bucket(arrived)
        counts[bucket] += 1
        tickets.append(Ticket(bucket, counts[bucket]))
    return Places(dict(counts), {}), tickets


def test_the_order_is_that_of_arrival_not_that_of_joining() -> None:
    places, (late, early, middle) = joined([NOON + 9, NOON, NOON + 4])
    assert [places.before(ticket) for ticket in (early, middle, late)] == [0, 1, 2]


def test_in_one_bucket_the_first_to_join_is_first() -> None:
    places, tickets = joined([NOON] * 3)
    assert len(places.joined) == 1
    assert [places.before(ticket) for ticket in tickets] == [0, 1, 2]


def test_who_is_gone_is_before_nobody() -> None:
    places, tickets = joined([NOON, NOON, NOON + 1])
    gone = Places(places.joined, {tickets[0].bucket: 1})
    assert [gone.before(ticket) for ticket in tickets[1:]] == [0, 1]
    assert gone.all_waiting() == 2


@pytest.mark.parametrize(("seconds", "rate"), [(1.3, 300), (33, 300), (7200, 1)])
def test_a_long_queue_is_kept_in_few_buckets_and_in_order(seconds: float, rate: int) -> None:
    arrivals = [NOON + index / rate for index in range(int(seconds * rate))]
    places, tickets = joined(arrivals)
    ranks = [places.before(ticket) for ticket in tickets]
    assert ranks == list(range(len(arrivals)))
    # About 15 bytes each: two write units of DynamoDB at most.
    assert len(places.joined) <= 100


def test_in_any_order_of_joining_the_places_differ_and_are_nearly_right() -> None:
    arrivals = [NOON + (index * 7919 % 3000) / 100 for index in range(3000)]
    places, tickets = joined(arrivals)
    order = sorted(range(3000), key=lambda index: places.before(tickets[index]))
    displaced = [abs(arrivals[index] - NOON - rank / 100) for rank, index in enumerate(order)]
    assert max(displaced) <= 2.5
    assert len(set(map(places.before, tickets))) == 3000


def test_turns_that_nobody_takes_are_passed_over_from_the_front() -> None:
    places, tickets = joined([NOON, NOON, NOON + 1])
    assert places.passing(0) == {}
    assert places.passing(1) == {GONE + tickets[0].bucket: 1}
    assert places.passing(9) == {GONE + tickets[0].bucket: 2, GONE + tickets[2].bucket: 1}


def test_only_what_nobody_joins_any_more_is_removed() -> None:
    places, tickets = joined([NOON, NOON + 1])
    first, second = tickets[0].bucket, tickets[1].bucket
    gone = Places(places.joined, {first: 1, "0w0": 2})
    assert gone.spent(NOON + 2) == [GONE + "0w0"]
    assert sorted(gone.spent(NOON + 60)) == sorted([JOINED + first, GONE + first, GONE + "0w0"])
    assert JOINED + second not in gone.spent(NOON + 60)


def test_a_ticket_is_read_as_it_was_written() -> None:
    ticket = Ticket("1a49204007w3", 12).numbered(345)
    assert Ticket.of(str(ticket)) == ticket


@pytest.mark.parametrize("text", ["", "ticket", "1w0", "1w0.1", "1w0.1.x", "w0.1.0", "1w.1.0", "zw0.1.0", "1w0.1.0.0"])
def test_anything_else_is_no_ticket(text: str) -> None:
    assert Ticket.of(text) is None

"""Places in the queue: round after round, those of batches after all others, in few buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from greenroom.flow.pacing.buckets import bucket_of
from greenroom.flow.pacing.places import BATCHES, BATCHES_GONE, GONE, JOINED, Places


def joined(rounds: Iterable[int], gone: int = 0) -> Places:
    counts: Counter[str] = Counter()
    for each in rounds:
        places = Places.of(counts)
        counts[JOINED + places.queue(batches=each >= BATCHES).bucket(each)] += 1
    return Places.of({**counts, GONE: gone})


def test_the_order_is_that_of_the_rounds_and_within_one_that_of_joining() -> None:
    places = joined([9, 2, 4, 4])
    assert [places.before(*turn) for turn in ((2, 1), (4, 1), (4, 2), (9, 1))] == [0, 1, 2, 3]


def test_turns_that_are_gone_are_before_nobody() -> None:
    places = joined([1, 1, 2], gone=1)
    assert [places.before(*turn) for turn in ((1, 1), (1, 2), (2, 1))] == [0, 0, 1]
    assert places.all_waiting() == 2


def test_a_batch_comes_after_all_others() -> None:
    places = joined([BATCHES, BATCHES + 1, 12, 7])
    assert [places.before(*turn) for turn in ((7, 1), (12, 1), (BATCHES, 1), (BATCHES + 1, 1))] == [0, 1, 2, 3]
    assert places.all_waiting() == 4


def test_what_is_gone_of_others_is_not_gone_of_batches() -> None:
    places = Places.of({JOINED + "1w0": 1, JOINED + "10000000000w0": 3, GONE: 1, BATCHES_GONE: 2})
    assert (places.singles.waiting(), places.batches.waiting()) == (0, 1)
    assert places.before(BATCHES, 3) == 0


@pytest.mark.parametrize("rounds", [400, 4_000])
def test_a_long_queue_is_kept_in_few_buckets_and_in_order(rounds: int) -> None:
    places = joined(range(1, rounds + 1))
    some = range(1, rounds + 1, 97)
    assert [places.before(each, 1) for each in some] == [each - 1 for each in some]
    # About 10 bytes each: two write units of DynamoDB at most.
    assert len(places.singles.joined) <= 150


def test_however_many_share_a_round_it_is_one_bucket() -> None:
    places = joined([1] * 1000)
    assert places.singles.joined == {"1w0": 1000}
    assert [places.before(1, turn) for turn in (1, 500, 1000)] == [0, 499, 999]


def test_the_round_that_is_served_is_that_of_the_first_turn_that_is_left() -> None:
    assert [joined(range(1, 1001), gone=gone).singles.served() for gone in (0, 1, 600, 999)] == [1, 2, 601, 1000]
    assert joined([]).singles.served() == 0
    assert joined([1, 2, 2], gone=3).singles.served() == 2
    assert joined([]).batches.served() == BATCHES


def test_where_nobody_waits_it_is_the_first_whatever_is_gone() -> None:
    nobody = Places.of({GONE: 3, BATCHES_GONE: 3})
    assert (nobody.singles.served(), nobody.batches.served()) == (0, BATCHES)


def test_no_bucket_begins_before_a_narrower_one_that_ends_with_it() -> None:
    assert bucket_of(0x12, away=64, known={}) == "4w2"
    assert bucket_of(0x12, away=64, known={"13w0"}) == "12w0"


def test_who_comes_while_many_of_one_lane_wait_has_few_of_them_before() -> None:
    counts = dict(joined(range(1, 4_001)).singles.joined)
    places = Places.of({**{JOINED + bucket: count for bucket, count in counts.items()}, GONE: 3000})
    next_round = places.singles.served() + 1
    bucket = places.singles.bucket(next_round)
    assert bucket not in counts
    after = Places.of({**{JOINED + each: count for each, count in {**counts, bucket: 1}.items()}, GONE: 3000})
    assert after.before(next_round, 1) <= 1
    assert after.before(next_round + 100, 1) == pytest.approx(102, abs=1)


def test_turns_that_nobody_takes_are_passed_over_and_those_of_batches_last() -> None:
    places = joined([1, 1, 2, BATCHES])
    assert places.tidied(0)[0] == {}
    assert places.tidied(1)[0] == {GONE: 1}
    assert places.tidied(9)[0] == {GONE: 3, BATCHES_GONE: 1}


def test_turns_that_were_used_although_they_had_been_passed_over_are_made_up_for() -> None:
    assert joined([1, 2], gone=3).tidied(0) == ({GONE: -2}, [JOINED + "1w0"])


def test_only_what_nobody_joins_any_more_is_removed() -> None:
    assert joined([1, 2, 3], gone=1).tidied(0) == ({GONE: -1}, [JOINED + "1w0"])
    assert joined([1, 2], gone=2).tidied(0) == ({GONE: -1}, [JOINED + "1w0"])


def test_the_buckets_of_the_release_before_are_served_and_who_comes_now_is_not_behind_them_all() -> None:
    arrivals = {f"{JOINED}1a4920{index:04x}w3": 40 for index in range(50)}
    places = Places.of({**arrivals, "g:1a49200000w3": 40, "g:1a49200001w3": 10})
    assert places.all_waiting() == 50 * 40 - 50
    next_round = places.singles.served() + 1
    assert places.before(next_round, 1) <= 40
    assert set(places.names) == {*arrivals, "g:1a49200000w3", "g:1a49200001w3"}

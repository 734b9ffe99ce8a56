"""What goes wrong is decided by a seed, each decision for itself."""

from __future__ import annotations

from collections import Counter

from simulation.weather import Outage, Weather

KINDS = ("throttled", "lost")
CHANCES = {"throttled": 0.2, "lost": 0.1}


def drawn(weather: Weather, site: str = "dynamodb.GetItem by Api", times: int = 1000) -> list[str | None]:
    return [weather.fault(site, KINDS) for _ in range(times)]


def test_the_same_seed_has_the_same_faults() -> None:
    assert drawn(Weather("1", CHANCES)) == drawn(Weather("1", CHANCES))
    assert drawn(Weather("1", CHANCES)) != drawn(Weather("2", CHANCES))


def test_faults_strike_about_as_often_as_their_chances_say() -> None:
    found = Counter(drawn(Weather("1", CHANCES), times=5000))
    assert 900 < found["throttled"] < 1100
    assert 430 < found["lost"] < 570


def test_what_happens_at_one_place_does_not_change_what_happens_at_another() -> None:
    alone = drawn(Weather("1", CHANCES))
    beside = Weather("1", CHANCES)
    drawn(beside, "another place", 7)
    assert drawn(beside) == alone


def test_a_fault_can_be_left_out_and_all_others_stay() -> None:
    first = Weather("1", CHANCES)
    whole = drawn(first, times=50)
    left_out, *rest = [fault.key for fault in first.struck]
    again = drawn(Weather("1", CHANCES, only=set(rest)), times=50)
    at = next(number for number, kind in enumerate(whole) if kind)
    assert left_out.startswith(f"dynamodb.GetItem by Api #{at + 1}")
    assert again == [None if number == at else kind for number, kind in enumerate(whole)]


def test_a_kind_that_is_not_possible_at_a_place_does_not_strike_there() -> None:
    weather = Weather("1", {"twice": 1.0})
    assert drawn(weather, times=5) == [None] * 5


def test_in_an_outage_every_call_of_its_sites_ends_alike() -> None:
    elapsed = iter((5.0, 5.0, 15.0, 15.0, 25.0, 25.0))
    outage = Outage(("dynamodb", "sqs"), "throttled", 10, 20)
    weather = Weather("1", outages=(outage,), clock=lambda: next(elapsed))
    sites = ("dynamodb.GetItem by Api", "sns.Publish by Api")
    seen = [[weather.fault(site, KINDS) for site in sites] for _ in range(3)]
    assert seen == [[None, None], ["throttled", None], [None, None]]
    assert [fault.key for fault in weather.struck] == [f"{outage.name}: throttled"]


def test_no_fault_begins_after_the_end() -> None:
    assert drawn(Weather("1", CHANCES, clock=lambda: 100, ends_at=99)) == [None] * 1000


def test_a_duration_lies_between_its_bounds_and_is_the_same_again() -> None:
    one, other = Weather("1"), Weather("1")
    found = [one.between("a call takes", 2, 3) for _ in range(100)]
    assert found == [other.between("a call takes", 2, 3) for _ in range(100)]
    assert all(2 <= each <= 3 for each in found)
    assert len(set(found)) == 100

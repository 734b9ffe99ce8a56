"""`bench polling`: what a policy is told, the figures, the optimum, the command, and the pictures."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from itertools import combinations, islice, pairwise
from math import ceil
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.plots import draw_polling, draw_schedule
from bench.policies import Fixed, Learning, policies
from bench.polling import figures, measure
from greenroom.flow.learning import Observation, learn
from simulation.waits import TRACES, best_looks, trace

READINESS = [4.2, 26.0, 31.5, 8.0, 3.9, 44.0, 5.1, 27.7]
KEYS = {"getsPerStream", "meanDelaySeconds", "p90DelaySeconds", "cost", "costToOptimum"}


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("boto3-waiter", [0, 5, 10, 15]),
        ("cdk-provider", [0, 5, 10, 15]),
        ("fixed-30", [30, 60, 90, 120]),
        ("exponential", [1, 3, 7, 15, 31, 63, 123, 183]),
        ("greenroom-before", [5, 13, 24, 41, 61, 81]),
        ("greenroom-cold", [2, 4, 6, 10]),
    ],
)
def test_the_policies_look_as_they_are_known_to(name: str, looks: list[int]) -> None:
    assert list(islice(policies(0.5)[name].looks(), len(looks))) == looks


@pytest.mark.parametrize(("name", "longest"), [("exponential-jitter", 60), ("durable-default", 300)])
def test_a_jittered_pause_is_of_whole_seconds_and_no_longer_than_the_longest(name: str, longest: int) -> None:
    looks = list(islice(policies(0.5)[name].looks(), 40))
    pauses = [later - look for look, later in pairwise(looks)]
    assert all(1 <= pause <= longest for pause in pauses)
    assert max(pauses) > longest / 2


def test_a_policy_is_told_between_which_looks_a_stream_became_ready() -> None:
    class Watched(Learning):
        told: list[Observation] = []  # noqa: RUF012

        def observe(self, seen: Observation) -> None:
            self.told.append(seen)

    found = figures(Watched(0.5), [1.5, 5.2], 0.5)
    assert Watched.told == [Observation(0, 2), Observation(4, 6)]
    assert found["getsPerStream"] == 2
    assert found["meanDelaySeconds"] == pytest.approx(0.65)
    assert found["cost"] == pytest.approx(1.65)


def test_the_90th_percentile_leaves_a_tenth_of_the_streams_above_it() -> None:
    every_ten = Fixed(lambda: iter(range(10, 1000, 10)))
    assert figures(every_ten, [10 - delay for delay in range(10)], 0.5)["p90DelaySeconds"] == 8


@pytest.mark.parametrize("look_cost", [0.1, 0.5, 3])
@pytest.mark.parametrize("seed", range(3))
def test_no_other_looks_cost_less_than_the_optimum(seed: int, look_cost: float) -> None:
    source = random.Random(seed)  # noqa: S311
    readiness = [source.uniform(0, 9) for _ in range(6)]
    last = max(1, *map(ceil, readiness))

    def cost(looks: tuple[int, ...]) -> float:
        seen = [next(number for number, look in enumerate(looks) if look >= each) for each in readiness]
        return sum(looks[n] - each + look_cost * (n + 1) for n, each in zip(seen, readiness, strict=True))

    every = ((*some, last) for count in range(last) for some in combinations(range(1, last), count))
    assert cost(tuple(best_looks(readiness, look_cost))) == pytest.approx(min(map(cost, every)))


def test_the_figures_of_the_first_streams_are_compared_with_the_optimum_for_all() -> None:
    found = measure(READINESS, first=2)
    assert all(set(each) == KEYS for each in found.values())
    assert found["optimum"]["costToOptimum"] == 1
    assert found["fixed-30"]["getsPerStream"] == 1
    assert found["fixed-30"]["meanDelaySeconds"] == pytest.approx((25.8 + 4) / 2)


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_is_the_same_each_time_and_another_with_another_seed(name: str) -> None:
    drawn = trace(name, 200)
    assert drawn == trace(name, 200) != trace(name, 200, seed=2)
    assert all(0 < seconds <= 1800 for seconds in drawn)


def test_the_command_prints_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "readiness.csv"
    file.write_text("4.2\n26\n\n31.5\n")
    assert main(["polling", "--readiness", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= {"greenroom", "greenroom-cold", "optimum", "boto3-waiter", "fixed-1", "fixed-30"}
    assert found["boto3-waiter"]["getsPerStream"] == pytest.approx((2 + 7 + 8) / 3, abs=0.001)


def test_without_json_it_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "readiness.csv"
    file.write_text("4\n26\n")
    assert main(["polling", "--readiness", str(file)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0][-2:] == ["to", "optimum"]
    assert ["optimum", "1.000"] in [[row[0], row[-1]] for row in rows]


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda _: None, "cannot read"),
        (lambda file: file.write_text(" \n"), "is empty"),
        (lambda file: file.write_text("4\nsoon\n"), "line 2: 'soon' is not a number of seconds, 0 or more"),
        (lambda file: file.write_text("4\n5\n-1\n"), "line 3: '-1'"),
        (lambda file: file.write_text("nan\n"), "line 1: 'nan'"),
        (lambda file: file.write_bytes(b"\xff\xfe\x00"), "cannot read"),
    ],
    ids=["missing", "empty", "no number", "negative", "not a number", "no text"],
)
def test_a_bad_file_is_refused_and_the_line_named(
    write: Callable[[Path], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "readiness.csv"
    write(file)
    with pytest.raises(SystemExit) as ended:
        main(["polling", "--readiness", str(file)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["polling"], ["nothing"], ["polling", "--trace", "unknown"]])
def test_a_command_that_is_wrong_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_same_figures_are_the_same_picture(tmp_path: Path) -> None:
    results = {"some": {"policies": measure(READINESS), "optimumCurve": [[1, 9.5], [2, 3.5], [4, 0]]}}
    seen = [Observation(4, 6)] * 5 + [Observation(25, 30)] * 5 + [Observation(40, None)]
    schedule = learn(seen, look_cost=0.5)
    for name in ("once", "again"):
        draw_polling(results, tmp_path / f"{name}-polling.svg")
        draw_schedule(seen, schedule, tmp_path / f"{name}-schedule.svg")
    for kind in ("polling", "schedule"):
        once, again = (tmp_path / f"{name}-{kind}.svg" for name in ("once", "again"))
        assert once.read_bytes() == again.read_bytes()
    assert "greenroom-cold" in (tmp_path / "once-polling.svg").read_text()
    assert "as learned" in (tmp_path / "once-schedule.svg").read_text()

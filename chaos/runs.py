"""One run from its seed: played, read, and told in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from chaos.actors import Actors
from chaos.evidence import Evidence
from chaos.invariants import Violation, violations
from chaos.plan import FAULTS_END, MODES, Plan, plan
from simulation.dynamodb.values import Item
from simulation.weather import Weather
from simulation.world import URLS, Code, World

# Everything that is put off has come by then: an hour is the longest that anything is late here.
QUIET_SECONDS = 4200.0
HORIZON = 2 * 86_400.0


@dataclass(frozen=True)
class Result:
    """What came of a run. `faults`: how often each kind struck; `keys`: the faults by name; `history`: in words."""

    seed: int
    mode: str
    violations: Sequence[Violation]
    faults: Mapping[str, int]
    keys: Sequence[str]
    outcomes: Mapping[str, int]
    history: Sequence[str]

    @property
    def broken(self) -> list[Violation]:
        return [each for each in self.violations if each.is_hard]


def play(
    code: Code, seed: int, *, most: int = 3, only: Collection[str] | None = None, without: Collection[str] = ()
) -> Result:
    """Play the run of a seed, with so many requests at most.

    `only`: the faults that may strike, by key; `without`: the parts that are left out.
    """
    asked = plan(seed, most).without(without)
    weather = Weather(asked.seed, asked.chances, asked.outages, only, ends_at=FAULTS_END)
    world = World(code, weather, asked.skews, asked.deployment)
    actors = Actors(world, asked)
    written: list[str] = []

    def note(table: str, _old: Item | None, new: Item | None) -> None:
        if new and table != URLS:
            written.append(json.dumps(new))

    world.dynamodb.on_change.append(note)
    with world.running():
        actors.begin()
        world.scheduler.run(until_quiet(world, actors))
        evidence = Evidence(world, asked, actors, written)
        found = violations(evidence)
    return Result(
        seed,
        asked.mode,
        found,
        Counter(fault.kind for fault in weather.struck),
        [fault.key for fault in weather.struck],
        Counter(record["state"] for record in evidence.records.values()),
        history(world, actors, asked) if found else [],
    )


def until_quiet(world: World, actors: Actors) -> Callable[[], bool]:
    """Return whether nothing has been left to do for longer than anything is late, or time is over."""
    quiet_since, looked_at = -1.0, 0.0

    def is_over() -> bool:
        nonlocal quiet_since, looked_at
        now = world.scheduler.elapsed
        if now > HORIZON:
            return True
        if now - looked_at < 60:
            return False
        looked_at = now
        if not actors.are_done or not world.is_quiet():
            quiet_since = -1.0
        elif quiet_since < 0:
            quiet_since = now
        return 0 <= quiet_since < now - QUIET_SECONDS

    return is_over


def history(world: World, actors: Actors, asked: Plan) -> list[str]:
    """Tell what happened, in the order of time: who did what, what went wrong, and what became of it."""
    lines = [*actors.log]
    lines += [(fault.at, f"FAULT {fault.key}") for fault in world.weather.struck]
    for at, old, new in world.history:
        before, after = old.get("state", {}).get("S"), new.get("state", {}).get("S")
        if before != after:
            lines.append((at, f"record {new['id']['S']}: {before} becomes {after}"))
        elif old.get("open") != new.get("open"):
            words = [each.get("open", {}).get("S", "nothing") for each in (old, new)]
            lines.append((at, f"record {new['id']['S']}: open {words[0]} becomes {words[1]}"))
    lines += [
        (sent.at, f"{sent.to} takes {sent.body.get('type')} of {sent.body['data'].get('id')}") for sent in world.sent
    ]
    for run in world.machines.runs.values():
        lines.append((run.began, f"execution {run.name} starts"))
        if run.ended is not None:
            lines.append((run.ended, f"execution {run.name} ends: {run.status} {run.error or ''}"))
    for ask in (*asked.asks, *asked.batch):
        lines.append((0.0, f"{ask.name}: {ask.door}, {ask.provider} {ask.setting}, {dict(ask.body)}"))
    return [f"{at:10.2f} s  {words}" for at, words in sorted(lines, key=lambda line: line[0])]


def warm(code: Code) -> None:
    """Play some runs, so that each fork begins with what is compiled, parsed and looked up once, and forget them."""
    for seed in range(len(MODES)):
        play(code, seed)
    code.renew()

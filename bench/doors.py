"""A burst of one caller's requests through each door, with AWS's limits. `python -m bench doors --requests N`.

On virtual time, in a deployment made from the synthesised template: the real functions, definitions, queues, mappings
and streams, new tables that take what AWS promises of a partition, the bucket of StartExecution, a thousand functions
at once. API Gateway's own limits are not played. Beside the burst, other owners ask for a stream each, every ten
seconds, and waiting rooms are open if that is asked for. A request takes about a tenth of a second of CPU; each door
has a process.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from bench.burst import drawn
from bench.options import number, whole_number
from chaos.synthesis import CHANGES, resources
from greenroom.record.attribute_values import from_item
from simulation.figures import CREATE, GET, bound
from simulation.load import Load
from simulation.weather import Weather
from simulation.world import World, loaded

PORTAL, OTHER = (f"arn:aws:iam::111122223333:user/{name}" for name in ("portal", "other{}"))
DEADLINE_SECONDS, BATCH_LINES = 21_600, 10_000
OTHERS_EVERY, OTHERS_READY = 10.0, 20.0
LEARNT = 64
_MACHINE = "WorkflowStateMachine"


@dataclass
class Burst:
    """What comes through one door. `rooms`: how many waiting rooms are open beside it."""

    door: str
    requests: int
    create_rate: float
    get_rate: float
    arrival_rate: float
    rooms: int
    seed: int


@dataclass
class Seen:
    """`asked`: when each request of the burst was first asked for, by its session. `rooms`: answers by their status."""

    asked: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    refused: int = 0
    rooms: Counter[int] = field(default_factory=Counter)
    is_asking: bool = True


class Door:
    """Asks for the streams of a burst. `ask`: by the name of the door."""

    def __init__(self, world: World, burst: Burst, seen: Seen) -> None:
        self._world, self._burst, self._seen = world, burst, seen
        self._gaps = random.Random(f"arrivals {burst.seed}")  # noqa: S311

    def ask(self) -> None:
        doors: Mapping[str, Callable[[Sequence[str]], None]] = {
            "api": self._by_api,
            "batch": self._by_batch,
            "event": self._by_event,
            "execution": self._by_execution,
        }
        doors[self._burst.door]([f"session-{n:06}" for n in range(self._burst.requests)])
        self._seen.is_asking = False

    def post(self, caller: str, method: str, path: str, body: Any, key: str) -> tuple[int, Any]:
        """Ask as a patient client does: once more after a moment, with the same key, where it is refused."""
        while True:
            status, _, answered = self._world.api(caller, method, path, body, Idempotency_Key=key)
            if status < 429:
                return status, answered
            self._seen.refused += 1
            self._world.scheduler.sleep(self._world.weather.between(f"{key} pauses", 0.5, 1.5))

    def _by_api(self, sessions: Sequence[str]) -> None:
        self._each(sessions, self._post)

    def _post(self, session: str) -> None:
        status, body = self.post(PORTAL, "POST", "/streams", _body(session), session)
        if status != 202:
            raise RuntimeError(f"{status}: {body}")

    def _by_event(self, sessions: Sequence[str]) -> None:
        self._each(
            sessions, lambda session: self._world.bus.put("portal", "Stream Requested", _body(session), "ChannelsBus")
        )

    def _by_execution(self, sessions: Sequence[str]) -> None:
        self._each(sessions, lambda session: self._world.start(_MACHINE, session, _body(session)))

    def _by_batch(self, sessions: Sequence[str]) -> None:
        for first in range(0, len(sessions), BATCH_LINES):
            lines = sessions[first : first + BATCH_LINES]
            self._seen.asked.update(dict.fromkeys(lines, self._world.scheduler.elapsed))
            body = {"defaults": _body(None), "requests": [{"sessionId": session} for session in lines]}
            status, answered = self.post(PORTAL, "POST", "/batches", body, f"batch-{first}")
            if status != 202:
                raise RuntimeError(f"{status}: {answered}")

    def _each(self, sessions: Sequence[str], ask: Callable[[str], object]) -> None:
        for session in sessions:
            self._seen.asked[session] = self._world.scheduler.elapsed
            self._world.scheduler.spawn(lambda session=session: ask(session))  # type: ignore[misc]
            self._world.scheduler.sleep(self._gaps.expovariate(self._burst.arrival_rate))


def _body(session: str | None) -> dict[str, Any]:
    named = {"sessionId": session} if session else {}
    return {"provider": "nimble", "studioId": "studio", **named, "deadlineSeconds": DEADLINE_SECONDS}


def measure(burst: Burst) -> dict[str, Any]:
    """Play a burst, and another one of as many others without it. Returns the figures by name."""
    with loaded(resources(), CHANGES) as code:
        alone = _play(code, burst, burst=False)
        code.renew()
        return _figures(burst, *_play(code, burst), others_alone=_waits(*alone))


def _play(code: Any, asked: Burst, *, burst: bool = True) -> tuple[World, Seen]:
    world, seen = World(code, Weather(f"doors {asked.seed}")), Seen()
    service, door = world.services["nimble"], Door(world, asked, seen)
    times = drawn(asked.requests, asked.seed)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

    def come() -> None:
        _learn(world, door, times)
        for each, ready in enumerate(times):
            service.set(f"session-{each:06}", readyAfterSeconds=ready)
        if burst:
            service.limit(
                {
                    CREATE: {"ratePerSecond": asked.create_rate, "burst": max(1, round(asked.create_rate))},
                    GET: {"ratePerSecond": asked.get_rate, "burst": max(1, round(asked.get_rate))},
                }
            )
        seen.is_asking = burst
        for room in range(asked.rooms if burst else 0):
            world.scheduler.spawn(lambda room=room: _sit(world, door, seen, room))  # type: ignore[misc]
        world.scheduler.spawn(lambda: _others(world, door, seen, len(times) / asked.create_rate))
        if burst:
            door.ask()

    with world.running():
        world.scheduler.spawn(come)
        world.scheduler.run(lambda: not seen.is_asking and world.scheduler.elapsed > 400 and world.is_quiet())
    return world, seen


def _learn(world: World, door: Door, times: Sequence[float]) -> None:
    """Have some streams of the pool come before, so that something is learned of it, and go for a while."""
    for each in range(LEARNT):
        world.services["nimble"].set(f"before-{each}", readyAfterSeconds=times[each % len(times)])
        world.scheduler.spawn(
            lambda each=each: door.post(PORTAL, "POST", "/streams", _body(f"before-{each}"), f"before-{each}")  # type: ignore[misc]
        )
        world.scheduler.sleep(0.5)
    world.scheduler.sleep(240)


def _others(world: World, door: Door, seen: Seen, lasts: float) -> None:
    """Have other owners ask for one stream each, as long as the burst lasts."""
    for each in range(round(max(lasts, 60) / OTHERS_EVERY)):
        session = f"other-{each}"
        world.services["nimble"].set(session, readyAfterSeconds=OTHERS_READY)
        seen.others[session] = world.scheduler.elapsed
        caller = OTHER.format(each)
        world.scheduler.spawn(
            lambda session=session, caller=caller: door.post(caller, "POST", "/streams", _body(session), session)  # type: ignore[misc]
        )
        world.scheduler.sleep(OTHERS_EVERY)


def _sit(world: World, door: Door, seen: Seen, room: int) -> None:
    """Look at a request from a waiting room, as its page does, until it has ended."""
    session = f"room-{room}"
    world.services["nimble"].set(session, readyAfterSeconds=OTHERS_READY)
    _, made = door.post(PORTAL, "POST", "/streams", _body(session), session)
    _, link = door.post(PORTAL, "POST", f"/streams/{made['id']}/waiting-room", None, "")
    bearer = {"Authorization": f"Bearer {link['url'].partition('#')[2]}"}
    while True:
        status, headers, shown = world.api("", "GET", "/waiting-room/stream", **bearer)
        seen.rooms[status] += 1
        if status == 200 and shown["state"] in {"ready", "failed", "timed_out", "cancelled"}:
            return
        world.scheduler.sleep(float((headers.get("Retry-After") or ["5"])[0]))


def _waits(world: World, seen: Seen) -> list[float]:
    ended = _ended(world)
    return [ended[session][1] - at for session, at in seen.others.items() if session in ended]


def _ended(world: World) -> dict[str, tuple[str, float]]:
    """The outcome of each session's request, and when it was recorded."""
    ended = {}
    for at, _, new in world.history:
        if new and "settledAt" in new:
            record = from_item(new)
            ended.setdefault(json.loads(record["fields"])["sessionId"], (record["state"], at))
    return ended


def _figures(burst: Burst, world: World, seen: Seen, others_alone: Sequence[float]) -> dict[str, Any]:
    ended, calls = _ended(world), world.services["nimble"].calls()
    outcomes = Counter(ended.get(session, ("lost", 0.0))[0] for session in seen.asked)
    first = min(seen.asked.values())
    needed = 1 + _looks(world)
    load = Load(
        drawn(burst.requests, burst.seed),
        burst.arrival_rate,
        1000,
        {CREATE: burst.create_rate, GET: burst.get_rate},
        bucket=1,
        seed=burst.seed,
    )
    least = bound(load, {GET: needed - 1})
    took = max(ended[session][1] for session in seen.asked if session in ended) - first
    limited = [call for call in calls if call["operation"] in {CREATE, GET}]
    beside = _waits(world, seen)
    return {
        "door": burst.door,
        "requests": len(seen.asked),
        "failed": outcomes.total() - outcomes["ready"] - outcomes["lost"],
        "lost": outcomes["lost"],
        "makespanSeconds": round(took, 1),
        "boundSeconds": round(least, 1),
        "ofTheBound": round(took / least, 3),
        "throttledShare": round(sum(call["status"] == 429 for call in limited) / len(limited), 4),
        "refusedAtTheDoor": seen.refused,
        "startsRefused": world.machines.starts_refused,
        "lambdaThrottled": world.lambdas.throttled,
        "dynamodbThrottled": sum(world.throughput.refused.values()),
        "others": len(seen.others),
        "othersAlone": round(max(others_alone), 1),
        "othersBeside": round(max(beside), 1) if len(beside) == len(seen.others) else None,
        "roomAnswers": {str(status): count for status, count in sorted(seen.rooms.items())},
    }


def _looks(world: World) -> float:
    """The looks that a stream needs, of what was learned: of the streams before the burst."""
    looks = [
        call for call in world.services["nimble"].calls() if call["operation"] == GET and "before" in call["sessionId"]
    ]
    return len(looks) / LEARNT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench doors", description=__doc__.partition("\n")[0])
    parser.add_argument("--door", choices=("api", "batch", "event", "execution"), action="append", help="all, unless")
    parser.add_argument("--requests", type=whole_number, required=True, metavar="N")
    parser.add_argument("--create-rate", type=number, default=50, metavar="R", help="streams created a second (50)")
    parser.add_argument("--get-rate", type=number, default=200, metavar="R", help="looks at streams a second (200)")
    parser.add_argument("--arrival-rate", type=number, default=300, metavar="R", help="requests a second (300)")
    parser.add_argument("--rooms", type=int, default=0, metavar="N", help="waiting rooms that are open beside it (0)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    bursts = [
        Burst(
            door,
            options.requests,
            options.create_rate,
            options.get_rate,
            options.arrival_rate,
            options.rooms,
            options.seed,
        )
        for door in options.door or ("api", "batch", "event", "execution")
    ]
    with ProcessPoolExecutor(min(len(bursts), os.cpu_count() or 1), get_context("spawn")) as pool:
        results = list(pool.map(measure, bursts))
    if options.json:
        print(json.dumps(results))
        return 0
    for key in results[0]:
        print(f"{key:20}" + "".join(f"{result[key]!s:>20}" for result in results))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A burst of one caller's requests through each door, with AWS's limits. `python -m bench doors --requests N`.

On virtual time, in a deployment made from the synthesised template: the real functions, definitions, queues, mappings
and streams, new tables that take what AWS promises of a partition, the buckets of StartExecution and of the API's
stage, a thousand functions at once. Beside the burst, other owners ask for a stream each, every ten seconds, and
waiting rooms are open if that is asked for. A request takes about a tenth of a second of CPU; each door has a
process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import mean
from typing import Any

from bench.burst import drawn
from bench.options import number, whole_number
from chaos.actors import MACHINE
from chaos.synthesis import CHANGES, resources
from greenroom.record.attribute_values import from_item
from simulation.aws.lambdas import CONCURRENCY
from simulation.dynamodb.values import Item
from simulation.figures import CREATE, GET, bound
from simulation.load import Load, little_garbage_collection
from simulation.weather import Weather
from simulation.world import RECORDS, Code, World, loaded

PORTAL, OTHER = (f"arn:aws:iam::111122223333:user/{name}" for name in ("portal", "other{}"))
DEADLINE_SECONDS, BATCH_LINES = 21_600, 10_000
OTHERS_EVERY, OTHERS_READY = 10.0, 20.0
ROOMS_A_SECOND = 10.0
_THROTTLED = 429


@dataclass
class Burst:
    """What comes through one door. Rates: a second.

    `rooms`: how many waiting rooms are open beside it. `learnt`: how many streams of the pool came before.
    """

    door: str
    requests: int
    create_rate: float
    get_rate: float
    arrival_rate: float
    rooms: int = 0
    seed: int = 1
    learnt: int = 200


@dataclass
class Seen:
    """`asked`, `others`: when each request was first asked for, by its session. `rooms`: answers by their status.

    `ended`: the outcome of each session's request, and when it was recorded. `waiting`: sessions without one.
    """

    asked: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    ended: dict[str, tuple[str, float]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    refused: int = 0
    rooms: Counter[int] = field(default_factory=Counter)
    still_asking: int = 0
    calls: int = 0
    calls_throttled: int = 0
    planned: Sequence[int] = ()
    refused_by_aws: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether everybody has asked, and all that they asked for has ended."""
        return not self.still_asking and not self.waiting

    def ask(self, sessions: Sequence[str], at: float, *, by_others: bool = False) -> None:
        (self.others if by_others else self.asked).update(dict.fromkeys(sessions, at))
        self.waiting.update(sessions)

    def end(self, session: str, state: str, at: float) -> None:
        self.ended.setdefault(session, (state, at))
        self.waiting.discard(session)


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

    def post(self, caller: str, method: str, path: str, body: Any, key: str) -> tuple[int, Any]:
        """Ask as a patient client does: once more after a moment, with the same key, where it is refused."""
        while True:
            status, _, answered = self._world.api.call(caller, method, path, body, Idempotency_Key=key)
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
        self._each(sessions, lambda session: self._world.start(MACHINE, session, _body(session)))

    def _by_batch(self, sessions: Sequence[str]) -> None:
        for first in range(0, len(sessions), BATCH_LINES):
            lines = sessions[first : first + BATCH_LINES]
            self._seen.ask(lines, self._world.scheduler.elapsed)
            body = {"defaults": _body(None), "requests": [{"sessionId": session} for session in lines]}
            status, answered = self.post(PORTAL, "POST", "/batches", body, f"batch-{first}")
            if status != 202:
                raise RuntimeError(f"{status}: {answered}")

    def _each(self, sessions: Sequence[str], ask: Callable[[str], object]) -> None:
        for session in sessions:
            self._seen.ask([session], self._world.scheduler.elapsed)
            self._world.scheduler.spawn(lambda session=session: ask(session))  # type: ignore[misc]
            self._world.scheduler.sleep(self._gaps.expovariate(self._burst.arrival_rate))


def _body(session: str | None, studio: str = "studio") -> dict[str, Any]:
    named = {"sessionId": session} if session else {}
    return {"provider": "nimble", "studioId": studio, **named, "deadlineSeconds": DEADLINE_SECONDS}


def _in_a_process(burst: Burst) -> dict[str, Any]:
    with loaded(resources(), CHANGES) as code:
        return measure(code, burst)


def measure(code: Code, burst: Burst) -> dict[str, Any]:
    """Play the others alone, and then beside the burst. Returns the figures by name."""
    alone = _play(code, burst, is_alone=True)
    code.renew()
    return _figures(burst, _play(code, burst), alone)


def _play(code: Code, burst: Burst, *, is_alone: bool = False) -> Seen:
    """Play a burst with all that comes beside it; `is_alone`: only the other owners."""
    world, seen = World(code, Weather(f"doors {burst.seed}")), Seen()
    door, times = Door(world, burst, seen), drawn(burst.requests, burst.seed)

    def settled(table: str, _old: Item | None, new: Item | None) -> None:
        if table == RECORDS and new and "settledAt" in new:
            record = from_item(new)
            session = json.loads(record["fields"]).get("sessionId")
            seen.end(session, record["state"], world.scheduler.elapsed)

    def begin(work: Callable[[], None], after: float = 0) -> None:
        seen.still_asking += 1

        def do() -> None:
            work()
            seen.still_asking -= 1

        world.scheduler.spawn(do, after)

    def come() -> None:
        _learn(world, door, burst, times)
        begin(lambda: _others(world, door, seen, len(times) / burst.create_rate))
        if not is_alone:
            _limit(world, burst, times)
            begin(door.ask)

    world.dynamodb.on_change.append(settled)
    with world.running(), little_garbage_collection():
        for room in range(0 if is_alone else burst.rooms):
            world.scheduler.spawn(lambda room=room: _sit(world, door, seen, room), room / ROOMS_A_SECOND)  # type: ignore[misc]
        begin(come, 0 if is_alone else burst.rooms / ROOMS_A_SECOND)
        world.scheduler.run(lambda: seen.is_over or world.scheduler.elapsed > 2 * DEADLINE_SECONDS)
    return _told(world, seen)


def _limit(world: World, burst: Burst, times: Sequence[float]) -> None:
    """Have the service take so many calls a second, by token buckets of one second's size."""
    service = world.services["nimble"]
    for each, ready in enumerate(times):
        service.set_session(f"session-{each:06}", readyAfterSeconds=ready)
    rates = {CREATE: burst.create_rate, GET: burst.get_rate}
    service.set_limits({name: {"ratePerSecond": rate, "burst": max(1, round(rate))} for name, rate in rates.items()})


def _learn(world: World, door: Door, asked: Burst, times: Sequence[float]) -> None:
    """Have some streams of the pool come before, so that something is learned of it, and go for a while."""
    for each in range(asked.learnt):
        world.services["nimble"].set_session(f"before-{each}", readyAfterSeconds=times[each % len(times)])
        world.scheduler.spawn(
            lambda each=each: door.post(PORTAL, "POST", "/streams", _body(f"before-{each}"), f"before-{each}")  # type: ignore[misc]
        )
        world.scheduler.sleep(0.25)
    world.scheduler.sleep(240)


def _others(world: World, door: Door, seen: Seen, lasts: float) -> None:
    """Have other owners ask for one stream each, as long as the burst lasts.

    Of another studio: what is learned of the burst's streams is no part of what they wait.
    """
    for each in range(1 + round(lasts / OTHERS_EVERY)):
        session = f"other-{each}"
        world.services["nimble"].set_session(session, readyAfterSeconds=OTHERS_READY)
        seen.ask([session], world.scheduler.elapsed, by_others=True)
        caller = OTHER.format(each)
        world.scheduler.spawn(
            lambda session=session, caller=caller: door.post(  # type: ignore[misc]
                caller, "POST", "/streams", _body(session, "others"), session
            )
        )
        world.scheduler.sleep(OTHERS_EVERY)


def _sit(world: World, door: Door, seen: Seen, room: int) -> None:
    """Look at a request of another service from a waiting room, as its page does, for as long as the burst lasts."""
    group = f"sg-{room:09}"
    world.services["gameliftstreams"].set_session(group, sessionState="ACTIVATING", readyAfterSeconds=None)
    fields = {"streamGroupId": group, "applicationId": "a-9ZY8X7Wv6", "deadlineSeconds": DEADLINE_SECONDS}
    _, made = door.post(PORTAL, "POST", "/streams", {"provider": "gameliftstreams", **fields}, group)
    _, link = door.post(PORTAL, "POST", f"/streams/{made['id']}/waiting-room", None, "")
    bearer = {"Authorization": f"Bearer {link['url'].partition('#')[2]}"}
    while True:
        status, headers, _ = world.api.call("", "GET", "/waiting-room/stream", **bearer)
        seen.rooms[status] += 1
        world.scheduler.sleep(float((headers.get("Retry-After") or ["5"])[0]))


def _told(world: World, seen: Seen) -> Seen:
    """Add what the services and AWS counted."""
    calls = [call for call in world.services["nimble"].calls() if call["operation"] in {CREATE, GET}]
    seen.calls = len(calls)
    seen.calls_throttled = sum(call["status"] == _THROTTLED for call in calls)
    seen.planned = _planned(world)
    seen.refused_by_aws = {
        "apiThrottled": world.api.refused,
        "startsRefused": world.machines.starts_refused,
        "lambdaThrottled": world.lambdas.throttled,
        "dynamodbThrottled": sum(world.throughput.refused.values()),
    }
    return seen


def _figures(burst: Burst, seen: Seen, alone: Seen) -> dict[str, Any]:
    outcomes = Counter(seen.ended.get(session, ("lost", 0.0))[0] for session in seen.asked)
    least = bound(
        Load(
            readiness=drawn(burst.requests, burst.seed),
            arrival_rate=burst.arrival_rate,
            concurrency=CONCURRENCY,
            limits={CREATE: burst.create_rate, GET: burst.get_rate},
            bucket=1,
            seed=burst.seed,
        ),
        {GET: mean(_looks(seen.planned, ready) for ready in drawn(burst.requests, burst.seed))},
    )
    took = max(seen.ended[session][1] for session in seen.asked if session in seen.ended) - min(seen.asked.values())
    return {
        "door": burst.door,
        "requests": len(seen.asked),
        "failed": outcomes.total() - outcomes["ready"] - outcomes["lost"],
        "lost": outcomes["lost"],
        "makespanSeconds": round(took, 1),
        "boundSeconds": round(least, 1),
        "ofTheBound": round(took / least, 3),
        "throttledShare": round(seen.calls_throttled / seen.calls, 4),
        "refusedAtTheDoor": seen.refused,
        **seen.refused_by_aws,
        "others": len(seen.others),
        "othersAloneSeconds": round(_longest(alone), 1),
        "othersBesideSeconds": round(_longest(seen), 1),
        "roomAnswers": {str(status): count for status, count in sorted(seen.rooms.items())},
    }


def _planned(world: World) -> Sequence[int]:
    """Return the looks that the first request of the burst had planned at its stream, in seconds."""
    for record in map(from_item, world.records()):
        if str(json.loads(record["fields"]).get("sessionId")).startswith("session"):
            planned: Sequence[int] = json.loads(record["schedules"])["stream"]["looks"]
            return planned
    return ()


def _looks(planned: Sequence[int], ready: float) -> int:
    """Return the looks that a stream needs which is ready after so many seconds: those in vain, and the last one."""
    return 1 + bisect_left(planned, ready)


def _longest(seen: Seen) -> float:
    """The longest that one of the other owners waited, in seconds."""
    return max(seen.ended[session][1] - at for session, at in seen.others.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench doors", description=__doc__.partition("\n")[0])
    parser.add_argument("--door", choices=("api", "batch", "event", "execution"), action="append", help="all, unless")
    parser.add_argument("--requests", type=whole_number, required=True, metavar="N")
    parser.add_argument("--create-rate", type=number, default=50, metavar="R", help="streams created a second (50)")
    parser.add_argument("--get-rate", type=number, default=200, metavar="R", help="polls of streams a second (200)")
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
        results = list(pool.map(_in_a_process, bursts))
    if options.json:
        print(json.dumps(results))
        return 0
    for key in results[0]:
        print(f"{key:20}" + "".join(f"{result[key]!s:>20}" for result in results))
    return 0


if __name__ == "__main__":
    sys.exit(main())

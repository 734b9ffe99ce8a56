"""What a run consists of: who asks for what, what they do then, and what goes wrong. All of it comes from the seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulation.weather import Outage

ADA, BOB = (f"arn:aws:iam::123456789012:user/{name}" for name in ("ada", "bob"))
MODES = ("calm", "benign", "sparse", "swarm", "race", "outage")
# No fault begins later, so that a run comes to an end.
FAULTS_END = 1500.0
# What AWS documents as its normal behaviour.
BENIGN = {
    "twice": 0.06,
    "delayed": 0.04,
    "late": 0.03,
    "slow": 0.03,
    "never": 0.1,
    "lags": 0.1,
    "used up": 0.03,
    "left": 0.1,
}
HARMFUL = (
    "throttled",
    "error",
    "unavailable",
    "refused",
    "unreachable",
    "timeout",
    "reset",
    "lost",
    "lost at once",
    "malformed",
    "trickled",
    "huge",
    "dies before",
    "dies after",
    "fails",
)
# Of an outage, in seconds: a long one has thousands of calls, so there are few.
_LASTS = (10, 60, 60, 300, 300, 300, 900, 900, 900, 5400)
_FUNCTIONS = ("AcceptRequest", "PrepareSession", "CreateStream", "GetStream", "RecordFailure", "Announce", "Deliver")
_OUTAGES: Sequence[tuple[tuple[str, ...], str]] = (
    (("dynamodb",), "error"),
    (("dynamodb",), "throttled"),
    (("dynamodb", "sqs", "secrets-manager", "sns"), "error"),  # as while KMS is away
    (("lambda",), "fails"),
    (("lambda",), "throttled"),
    (("sfn",), "throttled"),
    (("sqs",), "unavailable"),
    (("sns", "eventbridge"), "error"),
    (("nimble", "appstream", "gameliftstreams", "https broker.example"), "reset"),
    (("nimble", "appstream", "gameliftstreams", "https broker.example"), "timeout"),
    (("https hooks",), "timeout"),
    (("rule",), "never"),
    (("apigatewaymanagementapi",), "error"),
)


@dataclass(frozen=True)
class Step:
    """Something that is done about a request, so many seconds after it was asked for."""

    at: float
    what: str


@dataclass(frozen=True)
class Ask:
    """A request: at its time, by its owner, through its door. `setting`: what the service will do for `subject`."""

    name: str
    at: float
    owner: str
    door: str
    provider: str
    subject: str
    setting: Mapping[str, Any]
    body: Mapping[str, Any]
    key: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One run. `without`: the names of parts that are left out, as a shrinker does."""

    seed: str
    mode: str
    chances: Mapping[str, float]
    outages: tuple[Outage, ...] = ()
    asks: tuple[Ask, ...] = ()
    batch: tuple[Ask, ...] = ()
    batch_steps: tuple[Step, ...] = ()
    receivers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    skews: Mapping[str, float] = field(default_factory=dict)
    deploys_at: float | None = None
    deployment: int = 0

    @property
    def parts(self) -> list[str]:
        """The names of all that a run can do without."""
        steps = [f"{ask.name} {step.what} {step.at:.2f}" for ask in self.asks for step in ask.steps]
        steps += [f"batch {step.what} {step.at:.2f}" for step in self.batch_steps]
        whole = ["deployment"] if self.deploys_at is not None else []
        whole += ["skews"] if self.skews else []
        whole += ["limits"] if self.limits else []
        return [*[ask.name for ask in (*self.asks, *self.batch)], *steps, *whole]

    def without(self, parts: Collection[str]) -> Plan:
        """Return the plan without these parts; all others stay what they were."""

        def kept(name: str, steps: Sequence[Step]) -> tuple[Step, ...]:
            return tuple(step for step in steps if f"{name} {step.what} {step.at:.2f}" not in parts)

        asks = [replace(ask, steps=kept(ask.name, ask.steps)) for ask in self.asks if ask.name not in parts]
        return replace(
            self,
            asks=tuple(asks),
            batch=tuple(ask for ask in self.batch if ask.name not in parts),
            batch_steps=kept("batch", self.batch_steps),
            deploys_at=None if "deployment" in parts else self.deploys_at,
            skews={} if "skews" in parts else self.skews,
            limits={} if "limits" in parts else self.limits,
        )


def plan(seed: int, most: int = 3) -> Plan:
    """Make the plan of a seed, with so many requests at most, and a batch only where there may be several."""
    chance = random.Random(f"plan {seed}")  # noqa: S311  # no secret
    mode = MODES[seed % len(MODES)]
    receivers = {f"hooks{n}.example": _answers(chance, mode) for n in range(3)}
    count = min(most, 1 if mode == "outage" else chance.choice((1, 1, 1, 2, 2, 3)))
    asks = tuple(_ask(random.Random(f"ask {seed}/{n}"), n, mode) for n in range(count))  # noqa: S311
    with_batch = chance.random() < 0.12 and most > 1
    members = [_ask(random.Random(f"member {seed}/{n}"), n, mode, door="batch") for n in range(3)]  # noqa: S311
    return Plan(
        seed=str(seed),
        mode=mode,
        chances=_chances(chance, mode),
        outages=_outages(chance) if mode == "outage" else (),
        asks=asks,
        batch=tuple(members[: chance.choice((2, 3))]) if with_batch else (),
        batch_steps=_batch_steps(chance, mode) if with_batch else (),
        receivers=receivers,
        limits=_limits(chance) if mode in {"swarm", "race"} and chance.random() < 0.3 else {},
        skews={name: chance.uniform(-60, 60) for name in _FUNCTIONS}
        if mode != "calm" and chance.random() < 0.3
        else {},
        deploys_at=chance.uniform(1, 200) if chance.random() < 0.1 else None,
        deployment=chance.choice((0, 0, 1)),
    )


def _chances(chance: random.Random, mode: str) -> Mapping[str, float]:
    match mode:
        case "calm":
            return {}
        case "benign":
            return BENIGN
        case "race":
            # What is slow is overtaken.
            return {**BENIGN, "slow": 0.25}
        case "sparse":
            return {**BENIGN, **dict.fromkeys(HARMFUL, 0.004)}
        case "swarm":
            few = chance.sample(HARMFUL, 4)
            return {**{k: v for k, v in BENIGN.items() if chance.random() < 0.5}, **dict.fromkeys(few, 0.05)}
    # Of half of the outages nothing else goes wrong: they have to be waited out.
    return {**BENIGN, **dict.fromkeys(chance.sample(HARMFUL, 2), 0.01)} if chance.random() < 0.5 else {}


def _outages(chance: random.Random) -> tuple[Outage, ...]:
    made = []
    for sites, kind in chance.sample(_OUTAGES, chance.choice((1, 1, 2))):
        begins, lasts = chance.uniform(0, 90), chance.choice(_LASTS)
        made.append(Outage(sites, kind, begins, begins + lasts * chance.uniform(0.5, 1)))
    return tuple(made)


def _limits(chance: random.Random) -> Mapping[str, Mapping[str, float]]:
    operation = chance.choice(("CreateStreamingSessionStream", "GetStreamingSessionStream"))
    return {operation: {"ratePerSecond": chance.choice((0.1, 0.5, 1)), "burst": 1}}


def _answers(chance: random.Random, mode: str) -> tuple[int, ...]:
    if mode == "calm":
        return (204,)
    return chance.choice(((204,), (204,), (500, 503, 200), (429, 204), (410,), (500,), (302, 200)))


def _ask(chance: random.Random, number: int, mode: str, door: str = "") -> Ask:
    door = door or chance.choice(("api", "api", "api", "api without key", "event", "execution"))
    provider = chance.choice(("nimble", "nimble", "appstream", "gameliftstreams", "dcv"))
    name = f"member {number}" if door == "batch" else f"request {number}"
    subject, fields, setting = _subject(chance, provider, number + (50 if door == "batch" else 0))
    body = {
        "provider": provider,
        **fields,
        "deadlineSeconds": chance.choice((60, 120, 300, 900)),
        "notify": _targets(chance, door),
        **({"releaseOnFailure": True} if chance.random() < 0.6 else {}),
        **({"claim": True} if chance.random() < (0.6 if mode == "race" else 0.25) else {}),
        **({"waitingRoom": True} if chance.random() < 0.3 and door.startswith("api") else {}),
        **({"expirationInSeconds": 60} if provider != "dcv" and chance.random() < 0.3 else {}),
        **({"deadlineSeconds": -1} if door in {"event", "execution"} and chance.random() < 0.1 else {}),
        "metadata": {"name": name},
    }
    return Ask(
        name=name,
        at=chance.uniform(0, 30) if mode != "race" else chance.uniform(0, 3),
        owner=chance.choice((ADA, ADA, BOB)),
        door=door,
        provider=provider,
        subject=subject,
        setting=setting,
        body=body,
        key=f"key-{number}" if door == "api" else "",
        steps=_steps(chance, mode, door, setting, is_claimed="claim" in body) if door != "batch" else (),
    )


def _subject(chance: random.Random, provider: str, number: int) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the key of what the simulator sets, the request's fields, and the setting."""
    after: Any = chance.choice((0, 2, 5, 20, 20, 60, 150))
    fate = chance.choice(("ready", "ready", "ready", "ready", "failed", "never", "starts", "starts"))
    never = {"readyAfterSeconds": None}
    match provider:
        case "nimble":
            key = f"session-{number}"
            setting = {
                "ready": {"readyAfterSeconds": after},
                "failed": {"finalState": "CREATE_FAILED", "readyAfterSeconds": after},
                "never": {**never, "sessionState": "STOPPED"},
                "starts": {"sessionState": "STOPPED", "startAfterSeconds": after, "readyAfterSeconds": 5},
            }[fate]
            return key, {"studioId": "studio", "sessionId": key}, setting
        case "appstream":
            key = f"fleet-{number}"
            setting = {
                "ready": {"readyAfterSeconds": 0},
                "failed": {"sessionState": "STARTING", "finalState": "STOPPED", "readyAfterSeconds": after},
                "never": {**never, "sessionState": "STOPPED"},
                "starts": {"sessionState": "STOPPED", "readyAfterSeconds": after},
            }[fate]
            return key, {"stackName": "stack", "fleetName": key, "userId": "ada", "startFleet": True}, setting
        case "gameliftstreams":
            key = f"sg-1AB2C3De{number:02}"
            setting = {
                "ready": {"readyAfterSeconds": 0},
                "failed": {"sessionState": "ACTIVATING", "finalState": "ERROR", "readyAfterSeconds": after},
                "never": {**never, "sessionState": "ACTIVATING"},
                "starts": {"sessionState": "ACTIVATING", "readyAfterSeconds": after},
            }[fate]
            return key, {"streamGroupId": key, "applicationId": "a-9ZY8X7Wv6"}, setting
    key = f"artist{number}"
    setting = {
        "ready": {"readyAfterSeconds": after, "listedAfterSeconds": chance.choice((0, 0, 5))},
        "failed": {"readyAfterSeconds": after, "finalState": "DELETED", "stateReason": "The host was terminated"},
        "never": never,
        "starts": {"serverAfterSeconds": after, "readyAfterSeconds": 5},
    }[fate]
    return key, {"owner": key}, setting


def _targets(chance: random.Random, door: str) -> list[dict[str, Any]]:
    targets: list[dict[str, Any]] = []
    if chance.random() < 0.7:
        targets.append({"type": "sns"})
    if chance.random() < 0.6:
        targets.append({"type": "webhook", "url": f"https://hooks{chance.randrange(3)}.example/a"})
    if chance.random() < 0.35 and door.startswith("api"):
        fallback = {"fallback": "sns"} if chance.random() < 0.5 else {}
        targets.append({"type": "websocket", "connectionId": f"connection{chance.randrange(10**6)}", **fallback})
    return targets or [{"type": "sns"}]


def _steps(
    chance: random.Random, mode: str, door: str, setting: Mapping[str, Any], *, is_claimed: bool
) -> tuple[Step, ...]:
    """Return what is done about a request: rarely much, and in a race much, about the moment at which it is ready."""
    after = float(setting.get("readyAfterSeconds") or setting.get("startAfterSeconds") or 10)
    many = chance.randrange(3, 7) if mode == "race" else chance.choice((0, 0, 1, 2, 3))
    by_owner = (
        "cancel",
        "get",
        "get",
        "get",
        "claim",
        "room",
        "room",
        "repeat",
        "conflict",
        "list",
        "disconnect",
        "spy",
    )
    possible = {"api": (*by_owner, "stop"), "api without key": (*by_owner[:7], "disconnect", "stop")}
    steps = []
    if mode == "race" and door.startswith("api") and chance.random() < 0.7:
        moments = ["cancel at the last moment", *(["claim twice at once"] * 2 if is_claimed else [])]
        steps.append(Step(0.5, chance.choice(moments)))
    for _ in range(many):
        what = chance.choice(possible.get(door, ("stop", "again", "nothing")))
        spread = 2.0 if mode == "race" else 60.0
        steps.append(Step(max(0.1, chance.uniform(after - spread, after + 2 * spread)), what))
    return tuple(sorted(steps, key=lambda step: step.at))


def _batch_steps(chance: random.Random, mode: str) -> tuple[Step, ...]:
    what = chance.choice(("nothing", "nothing", "cancel", "stop", "get"))
    return (Step(chance.uniform(0.2, 5 if mode == "race" else 200), what),)

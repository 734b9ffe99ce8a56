"""Those who ask: each does what its part of the plan says, and remembers what it was answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chaos.plan import ADA, BOB, Ask, Plan, Step
from simulation.world import RECORDS, World

_AGAIN = {429, 500, 502, 503, 504}
_PATIENCE = 1200.0
MACHINE = "WorkflowStateMachine"


@dataclass(frozen=True)
class Answer:
    """What a caller saw. `status`: 504 where the answer was lost on its way."""

    at: float
    call: str
    status: int
    body: Any = field(repr=False, default=None)


@dataclass
class Told:
    """What somebody knows of a request. `granted`: the URLs that claims and rooms gave out."""

    ask: Ask
    id: str = ""
    answers: list[Answer] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    cancelled: bool = False
    spied: list[Answer] = field(default_factory=list)
    accepted_at: float | None = None


class Actors:
    """All who take part in a run. `told`: what they know, by the name of the ask; `log`: what they did."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world = world
        self._plan = plan
        self.told: dict[str, Told] = {}
        self.batch: Told | None = None
        self.log: list[tuple[float, str]] = []
        self._at_work = 0

    @property
    def are_done(self) -> bool:
        return not self._at_work

    def begin(self) -> None:
        """Set the services, and have everybody come at their time."""
        world, plan = self._world, self._plan
        for host, answers in plan.receivers.items():
            world.web.receive(host, answers)
        for ask in (*plan.asks, *plan.batch):
            world.services[ask.provider].set_session(ask.subject, **ask.setting)
        if plan.limits:
            world.services["nimble"].set_limits(plan.limits)
        for ask in plan.asks:
            told = self.told[ask.name] = Told(ask)
            self._spawn(lambda told=told: self._ask(told), ask.at)  # type: ignore[misc]
        if plan.batch:
            self._spawn(self._ask_batch, plan.batch[0].at)
        if plan.deploys_at is not None:
            self._spawn(self._deploy, plan.deploys_at)

    def _spawn(self, work: Callable[[], None], after: float) -> None:
        self._at_work += 1

        def do() -> None:
            try:
                work()
            finally:
                self._at_work -= 1

        self._world.scheduler.spawn(do, after)

    def _deploy(self) -> None:
        self._say("a deployment replaces all functions")
        self._world.deploy_again()

    def _say(self, words: str) -> None:
        self.log.append((self._world.scheduler.elapsed, words))

    def _ask(self, told: Told) -> None:
        ask, world = told.ask, self._world
        for target in ask.body["notify"]:
            if target["type"] == "websocket" and not world.connect(ask.owner, target["connectionId"]):
                self._say(f"{ask.name}: the connection is refused")
                return
        for step in ask.steps:
            self._spawn(lambda step=step: self._step(told, step), step.at)  # type: ignore[misc]
        match ask.door:
            case "api" | "api without key":
                self._post(told)
            case "event":
                event = world.bus.put("studio", "Stream Requested", dict(ask.body), "ChannelsBus")
                told.id, told.accepted_at = event, world.scheduler.elapsed
                self._say(f"{ask.name}: the event {event} is put")
            case "execution":
                told.id, told.accepted_at = world.start(MACHINE, ask.name.replace(" ", "-"), ask.body), ask.at
                self._say(f"{ask.name}: the execution {told.id} is started")

    def _post(self, told: Told) -> None:
        """Ask, and ask again as long as it is of use. Without a key, nobody could know what the second call means."""
        until = self._world.scheduler.elapsed + _PATIENCE
        while True:
            answer = self._call(told, "POST", "/streams", told.ask.body, **self._key(told))
            if answer.status == 202:
                told.id, told.accepted_at = answer.body["id"], self._world.scheduler.elapsed
                return
            if answer.status not in _AGAIN or not told.ask.key or self._world.scheduler.elapsed > until:
                return
            self._world.scheduler.sleep(self._world.weather.between(f"{told.ask.name} pauses", 1, 20))

    def _key(self, told: Told) -> dict[str, str]:
        return {"Idempotency_Key": told.ask.key} if told.ask.key else {}

    def _call(self, told: Told, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        world = self._world
        status, _, answered = world.api.call(told.ask.owner, method, path, body, **headers)
        if world.weather.fault(f"answer to {told.ask.name}", ("lost",)):
            status, answered = 504, None
        answer = Answer(world.scheduler.elapsed, f"{method} {path}", status, answered)
        told.answers.append(answer)
        self._say(f"{told.ask.name}: {method} {path.partition('?')[0]} is answered {status}")
        return answer

    def _step(self, told: Told, step: Step) -> None:
        ask, world = told.ask, self._world
        match step.what:
            case "stop":
                if told.id and world.stop(MACHINE, told.id):
                    self._say(f"{ask.name}: an operator stops the execution")
            case "repeat":
                self._post(told)
            case "conflict":
                self._call(told, "POST", "/streams", {**ask.body, "metadata": {"other": True}}, **self._key(told))
            case "again":
                self._again(told)
            case "disconnect":
                for target in ask.body["notify"]:
                    world.connections.open.discard(target.get("connectionId", ""))
            case "claim twice at once" | "cancel at the last moment":
                self._at_the_moment(told, step.what)
            case _ if told.id and step.what != "nothing":
                self._about(told, step.what)

    def _again(self, told: Told) -> None:
        """The same event, or the same start, once more: whoever sends it may not know that it came through."""
        if told.ask.door == "execution":
            self._world.start(MACHINE, told.ask.name.replace(" ", "-"), told.ask.body)

    def _about(self, told: Told, what: str) -> None:
        path = f"/streams/{told.id}"
        match what:
            case "get":
                self._call(told, "GET", path)
            case "list":
                self._call(told, "GET", "/streams?limit=5")
            case "cancel":
                self._cancel(told)
            case "claim":
                self._grant(told, self._call(told, "POST", f"{path}/claim"))
            case "room":
                self._enter(told, path)
            case "spy":
                self._spy(told, path)

    def _cancel(self, told: Told) -> None:
        answer = self._call(told, "DELETE", f"/streams/{told.id}")
        told.cancelled = told.cancelled or answer.status == 202

    def _at_the_moment(self, told: Told, what: str) -> None:
        """Do it when it matters most: two claims once the stream is ready, or a DELETE once its URL is there."""
        weather = self._world.weather
        if what == "claim twice at once" and self._is_seen(lambda: self._is_ready(told.id)):
            for _ in range(2):
                self._spawn(lambda: self._about(told, "claim"), weather.between("a claim", 0, 0.3))
        if what == "cancel at the last moment" and self._is_seen(
            lambda: any(locked.request_id == told.id for locked in self._world.urls)
        ):
            self._world.scheduler.sleep(weather.between(f"{told.ask.name} hesitates", 0, 1))
            self._cancel(told)

    def _is_seen(self, what: Callable[[], bool]) -> bool:
        """Wait until something is so that nobody outside could see at once. False if it isn't for minutes."""
        until = self._world.scheduler.elapsed + 300
        while self._world.scheduler.elapsed < until:
            if what():
                return True
            self._world.scheduler.sleep(0.1)
        return False

    def _is_ready(self, request_id: str) -> bool:
        record = self._world.dynamodb.item(RECORDS, request_id)
        return bool(record and record["state"]["S"] == "ready")

    def _enter(self, told: Told, path: str) -> None:
        """Ask for a link, look, and open the stream as soon as there is one."""
        link = self._call(told, "POST", f"{path}/waiting-room")
        if link.status != 201:
            return
        bearer = {"Authorization": f"Bearer {link.body['url'].partition('#')[2]}"}
        for _ in range(3):
            room = self._call(told, "GET", "/waiting-room/stream", **bearer)
            if room.status == 200 and room.body.get("state") == "ready":
                self._grant(told, self._call(told, "POST", "/waiting-room/stream/claim", **bearer))
                return
            self._world.scheduler.sleep(10)

    def _spy(self, told: Told, path: str) -> None:
        """Have somebody else ask for all that the owner may ask for."""
        other = BOB if told.ask.owner == ADA else ADA
        for method, where in (("GET", path), ("POST", f"{path}/claim"), ("POST", f"{path}/waiting-room")):
            status, _, body = self._world.api.call(other, method, where)
            told.spied.append(Answer(self._world.scheduler.elapsed, f"{method} {where}", status, body))

    def _grant(self, told: Told, answer: Answer) -> None:
        if answer.status == 200:
            told.granted.append(answer.body["url"])

    def _ask_batch(self) -> None:
        first = self._plan.batch[0]
        told = self.batch = Told(first)
        body = {"requests": [dict(ask.body) for ask in self._plan.batch], "metadata": {"class": "of today"}}
        until = self._world.scheduler.elapsed + _PATIENCE
        while self._world.scheduler.elapsed < until:
            answer = self._call(told, "POST", "/batches", body, Idempotency_Key="batch-key")
            if answer.status == 202:
                told.id, told.accepted_at = answer.body["id"], self._world.scheduler.elapsed
                break
            if answer.status not in _AGAIN:
                return
            self._world.scheduler.sleep(self._world.weather.between("the batch pauses", 1, 20))
        for step in self._plan.batch_steps:
            self._spawn(lambda step=step: self._batch_step(told, step), step.at)  # type: ignore[misc]

    def _batch_step(self, told: Told, step: Step) -> None:
        match step.what:
            case "cancel":
                answer = self._call(told, "DELETE", f"/batches/{told.id}")
                told.cancelled = answer.status == 202
            case "get":
                self._call(told, "GET", f"/batches/{told.id}")
            case "stop":
                if self._world.stop("BatchesStateMachine", told.id):
                    self._say("an operator stops the execution of the batch")

"""All that a run leaves behind, read from outside: records, messages, letters, events, executions, services."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from chaos.actors import MACHINE, Actors, Told
from chaos.plan import Ask, Plan
from greenroom.record.attribute_values import from_item
from simulation.aws.others import Sent
from simulation.aws.states import Run
from simulation.scheduler import START
from simulation.world import World

_CREATES = {"CreateStreamingSessionStream", "CreateStreamUrl", "createSessions"}
_SECRETS = re.compile(r"(?:token|parameters)=([\w.\-]{16,})|\"(?:ConnectionToken|access_token)\": \"([^\"]+)\"")


@dataclass
class Evidence:
    """A run that has ended. Times are seconds since its start. `written`: each item of a table but that of URLs."""

    world: World
    plan: Plan
    actors: Actors
    written: Sequence[str]
    records: Mapping[str, Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.records = {item["id"]["S"]: from_item(item) for item in self.world.records()}

    @cached_property
    def states(self) -> Mapping[str, Sequence[tuple[float, str]]]:
        """The states that each record had, in order, each with its time."""
        found: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for at, _, new in self.world.history:
            if new and (not found[new["id"]["S"]] or found[new["id"]["S"]][-1][1] != new["state"]["S"]):
                found[new["id"]["S"]].append((at, new["state"]["S"]))
        return found

    @cached_property
    def messages(self) -> Mapping[str, Sequence[Sent]]:
        """The messages about each request, to its targets and the bus."""
        found: dict[str, list[Sent]] = defaultdict(list)
        for sent in [*self.world.sent, *self.on_the_bus]:
            if str(sent.body.get("type", "")).startswith("stream.") and sent.body["type"] != "stream.progress":
                found[sent.body["data"]["id"]].append(sent)
        return found

    @cached_property
    def on_the_bus(self) -> Sequence[Sent]:
        start = START.timestamp()
        return [
            Sent("bus", event["id"], event["detail"], datetime.fromisoformat(event["time"]).timestamp() - start)
            for event in self.world.bus.events
            if event["source"] == "greenroom" and event["detail-type"] != "Stream Rejected"
        ]

    @cached_property
    def rejected(self) -> Sequence[Any]:
        """What was refused: events of the bus, and letters of the queue."""
        events = [event["detail"] for event in self.world.bus.events if event["detail-type"] == "Stream Rejected"]
        letters = [json.loads(body) for body in self.world.queues["ChannelsRejectedRequestsQueue"].ever]
        return [*events, *letters]

    @cached_property
    def letters(self) -> Sequence[Mapping[str, Any]]:
        """The deliveries among the dead letters."""
        return [json.loads(body) for body in self.world.queues["ChannelsDeadLetterQueue"].ever]

    @cached_property
    def runs(self) -> Mapping[str, Run]:
        """The executions of requests by their name."""
        return {run.name: run for run in self.world.machines.runs.values() if MACHINE in run.machine}

    @cached_property
    def stopped_unheard(self) -> set[str]:
        """The names of executions that were stopped, and whose event EventBridge has lost."""
        details = [event["detail"] for event in self.world.bus.lost]
        return {detail["name"] for detail in details if detail["status"] == "ABORTED"}

    @cached_property
    def secrets(self) -> set[str]:
        """What opens a stream, or a service: of every answer that a service gave."""
        found = set()
        for service in self.world.services.values():
            for text in service.answers:
                found |= {one or other for one, other in _SECRETS.findall(text)}
        return found

    def shown(self) -> Iterator[tuple[str, str]]:
        """Yield all places where no secret may be, each with its text."""
        for run in self.world.machines.runs.values():
            yield f"the history of execution {run.name}", "\n".join(run.shown)
        yield "a log or a metric", "".join(self.world.output.text)
        yield "a table other than that of URLs", "\n".join(self.written)
        yield "an event", json.dumps(self.world.bus.events)
        yield "a queue", "\n".join(body for queue in self.world.queues.all() for body in queue.ever)
        yield "a frame of progress", "\n".join(f for f in self.world.connections.frames if '"stream.progress"' in f)

    def told(self, request_id: str) -> Told | None:
        return next((told for told in self.actors.told.values() if told.id == request_id), None)

    def token(self, request_id: str) -> str:
        """Return the client token of a request's execution."""
        run = self.runs.get(request_id)
        return sha256(run.arn.encode()).hexdigest() if run else ""

    def made(self, ask: Ask) -> set[str]:
        """The ids of the streams that a service made of what a request is about."""
        calls = self.world.services[ask.provider].calls()
        return {
            call["streamId"]
            for call in calls
            if call["operation"] in _CREATES and call["sessionId"] == ask.subject and call["streamId"]
        }

    def asked(self, ask: Ask) -> list[str]:
        """The ids of the requests that are about the same as this one: who has no key may ask twice."""
        return [id_ for id_, record in self.records.items() if ask.subject in json.loads(record["fields"]).values()]

    def left(self, request_id: str) -> str | None:
        """Say what is left of what was started for a request; None if nothing is."""
        record = self.records[request_id]
        fields, now = json.loads(record["fields"]), datetime.fromtimestamp(self.world.scheduler.now, START.tzinfo)
        service: Any = self.world.services[record["provider"] if "provider" in record else fields["provider"]].service
        match fields["provider"]:
            case "dcv":
                fleet = service._fleet  # noqa: SLF001  # nothing that the broker offers tells of all
                name = f"greenroom-{self.token(request_id)[:32]}"
                for session in fleet._sessions.values():  # noqa: SLF001
                    state = session.state_at(fleet.behaviour_of(session.owner), now)
                    if session.name == name and state not in {"DELETING", "DELETED"}:
                        return f"session {session.id} is {state}"
            case "gameliftstreams":
                token = self.token(request_id)
                for made in service._urls.values():  # noqa: SLF001
                    if made.parameters.get("ClientToken") == token and made.state_at(now) == "ACTIVE":
                        return f"stream URL {made.url_id} is ACTIVE"
            case "nimble":
                state = service._sessions[fields["sessionId"]].state_at(now)  # noqa: SLF001
                is_up = state == "READY"
                return f"the session is {state}" if is_up and self._is_of_no_use(fields["sessionId"]) else None
            case "appstream":
                state = service._fleets[fields["fleetName"]].state_at(now)  # noqa: SLF001
                is_up = state not in {"STOPPING", "STOPPED"}
                return f"the fleet is {state}" if is_up and self._is_of_no_use(fields["fleetName"]) else None
        return None

    def _is_of_no_use(self, subject: str) -> bool:
        """Whether something was stopped when the run began, and no request about it ended ready."""
        asks = [ask for ask in (*self.plan.asks, *self.plan.batch) if ask.subject == subject]
        was_stopped = any(ask.setting.get("sessionState") == "STOPPED" for ask in asks)
        return was_stopped and not any(
            self.records[request_id]["state"] == "ready" for ask in asks for request_id in self.asked(ask)
        )


def seconds(text: str) -> float:
    """Return a time of a record or a message as seconds since the start."""
    return datetime.fromisoformat(text).timestamp() - START.timestamp()

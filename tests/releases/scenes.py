"""What is frozen of a release: executions in each kind of Wait, and how they ended then."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from greenroom.domain.values import to_iso
from tests.conformance.subject import throttled
from tests.releases.deployment import BUCKET, START, Deployment
from tests.releases.executions import Machines, Moment, Run

Begin = Callable[[Deployment, Machines], Run]
"""Sets the services, asks for something, and runs it to its end."""

SESSION, FLEET = "session-1", "fleet-1"
HOOK = "http://127.0.0.1:9/hook"
"""Nobody listens there."""
NOTIFY = [{"type": "sns"}, {"type": "webhook", "url": HOOK}]
NIMBLE = {"provider": "nimble", "studioId": "studio", "sessionId": SESSION}
APPSTREAM = {"provider": "appstream", "stackName": "stack", "fleetName": FLEET, "userId": "ada"}
DEADLINE_SECONDS = 300
STARTS_AFTER = timedelta(days=300)
_CREATE, _LOOK = "CreateStreamingSessionStream", "GetStreamingSessionStream"


@dataclass(frozen=True)
class Scene:
    """`begin` comes to a Wait in `state`, with a ticket if it is for its turn. `then`: how its service is set then."""

    begin: Begin
    state: str
    then: Mapping[str, Any] = field(default_factory=dict)
    for_its_turn: bool = False

    provider: str = "nimble"

    @property
    def key(self) -> str:
        """Of the session or fleet that is set."""
        return {"nimble": SESSION, "appstream": FLEET}[self.provider]

    def is_there(self, moment: Moment) -> bool:
        has_ticket = bool(moment.variables.get("progress", {}).get("ticket"))
        return moment.state == self.state and has_ticket is self.for_its_turn


def _ask(deployment: Deployment, machines: Machines, request: Mapping[str, Any], **more: Any) -> Run:
    """Ask by the API with a key of your own, and run the execution that it starts."""
    body = {**request, "deadlineSeconds": DEADLINE_SECONDS, "metadata": {"ticket": "A-17"}, **more}
    status, shown = deployment.api("POST", "/streams", body, **{"Idempotency-Key": "key"})
    assert status == 202, shown
    return machines.run("stream", shown["id"], deployment.started("stream")[shown["id"]])


def _nimble(setting: Mapping[str, Any], **more: Any) -> Begin:
    def begin(deployment: Deployment, machines: Machines) -> Run:
        deployment.services["nimble"].session(SESSION, **setting)
        return _ask(deployment, machines, NIMBLE, **more)

    return begin


def _appstream(setting: Mapping[str, Any], **more: Any) -> Begin:
    def begin(deployment: Deployment, machines: Machines) -> Run:
        deployment.services["appstream"].session(FLEET, **setting)
        return _ask(deployment, machines, APPSTREAM, **more)

    return begin


def _renewed(deployment: Deployment, machines: Machines) -> Run:
    """The URL expires while its webhook is away, and a fresh one is asked for."""
    deployment.services["nimble"].session(SESSION, readyAfterSeconds=0)
    _ask(deployment, machines, NIMBLE, notify=NOTIFY)
    deployment.clock.shift(timedelta(hours=1))
    deployment.services["nimble"].session(SESSION, readyAfterSeconds=30)
    deployment.deliver()
    ((name, given),) = [each for each in deployment.started("stream").items() if "renew" in each[1]]
    return machines.run("stream", name, given)


def ask_for_a_batch(deployment: Deployment, **more: Any) -> tuple[int, Any]:
    """Ask for two requests, and a line that is none: only an object may have such. Return the API's answer."""
    deployment.services["nimble"].session(SESSION, readyAfterSeconds=30)
    lines = [{"sessionId": SESSION}, {"sessionId": SESSION, "metadata": {"seat": 2}}, {"sessionId": "no such id!"}]
    defaults = {"provider": "nimble", "studioId": "studio", "deadlineSeconds": DEADLINE_SECONDS}
    deployment.aws("s3").put_object(Bucket=BUCKET, Key="physics", Body="\n".join(map(json.dumps, lines)))
    source = {"bucket": BUCKET, "key": "physics"}
    body = {"defaults": defaults, "source": source, "metadata": {"class": "physics"}, **more}
    status, shown = deployment.api("POST", "/batches", body, **{"Idempotency-Key": "key"})
    return status, shown


def _batch(deployment: Deployment, **more: Any) -> tuple[str, Any]:
    status, shown = ask_for_a_batch(deployment, **more)
    assert status == 202, shown
    ((name, given),) = deployment.started("batch").items()
    return name, given


def _scheduled(deployment: Deployment, machines: Machines) -> Run:
    name, given = _batch(deployment, startAt=to_iso(START + STARTS_AFTER))
    return machines.run("batch", name, given)


def _running(deployment: Deployment, machines: Machines) -> Run:
    name, given = _batch(deployment)
    return machines.run("batch", name, given)


def _cancelled(deployment: Deployment, machines: Machines) -> Run:
    """The batch is cancelled as soon as it waits for its requests; another execution closes it."""
    name, given = _batch(deployment)

    def cancel(moment: Moment) -> None:
        if moment.state == "WaitForBatch" and "closing" not in str(deployment.started("batch").keys()):
            status, shown = deployment.api("DELETE", f"/batches/{name}")
            assert status == 202, shown

    Machines(deployment, machines.definitions, cancel).run("batch", name, given)
    ((closing, closed_by),) = deployment.started("batch").items()
    return machines.run("batch", closing, closed_by)


def run_members(deployment: Deployment, definitions: Mapping[str, Any], moment: Moment) -> None:
    """While a batch waits for its requests, run those that have not ended, one after the other."""
    if moment.state != "WaitForBatch":
        return
    for name, given in deployment.started("stream").items():
        item = deployment.item("records", name)
        assert item
        if item["state"] == {"S": "pending"}:
            Machines(deployment, definitions).run("stream", name, given)


SCENES: Mapping[str, Scene] = {
    "session": Scene(
        _nimble({"sessionState": "STOPPED", "startAfterSeconds": 30}, notify=NOTIFY, releaseOnFailure=True),
        "WaitForSession",
        {"readyAfterSeconds": 10},
    ),
    "fleet": Scene(
        _appstream({"readyAfterSeconds": 0, "available": 0}, waitingRoom=True),
        "WaitForSession",
        provider="appstream",
    ),
    "stream": Scene(
        _nimble({"readyAfterSeconds": 30, "finalState": "CREATE_FAILED"}, claim=True),
        "WaitForStream",
        {"readyAfterSeconds": 10},
    ),
    "turn-to-create": Scene(
        _nimble({"readyAfterSeconds": 0, "faults": throttled(_CREATE)}),
        "WaitForCapacity",
        {"readyAfterSeconds": 10},
        for_its_turn=True,
    ),
    "turn-to-look": Scene(
        _nimble({"readyAfterSeconds": 10, "faults": throttled(_LOOK)}),
        "WaitForStream",
        {"readyAfterSeconds": 10},
        for_its_turn=True,
    ),
    "turn-to-connect": Scene(
        _appstream({"readyAfterSeconds": 0, "faults": throttled("CreateStreamingURL")}),
        "WaitForStream",
        for_its_turn=True,
        provider="appstream",
    ),
    "renewal": Scene(_renewed, "WaitForStream", {"readyAfterSeconds": 10}),
    "batch-scheduled": Scene(_scheduled, "WaitForStart", {"readyAfterSeconds": 10}),
    "batch-running": Scene(_running, "WaitForBatch", {"readyAfterSeconds": 10}),
    "batch-closing": Scene(_cancelled, "WaitForCancelled"),
}

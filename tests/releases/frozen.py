"""What was frozen of each release, by `tools/freeze.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.releases.deployment import MACHINES, Deployment, Tables
from tests.releases.executions import Definition, Moment, items
from tests.releases.scenes import SCENES, SESSION, Scene

_HOME = Path(__file__).parent
RELEASES = sorted(
    (path.parent.name for path in _HOME.glob("*/resources.json")),
    key=lambda name: [int(part) for part in name.split(".")],
)
"""Their versions, the latest one last."""


def read(release: str, name: str) -> Any:
    return json.loads((_HOME / release / f"{name}.json").read_text(encoding="utf-8"))


def definitions(release: str) -> Mapping[str, Definition]:
    return {machine: read(release, f"{machine}.asl") for machine in MACHINES}


def commit_of(release: str) -> str:
    return (_HOME / release / "commit").read_text(encoding="utf-8").strip()


def end_of(release: str, scene: str) -> Mapping[str, Any]:
    return dict(read(release, scene)["end"])


def kept_at_the_end(release: str, scene: str) -> Tables:
    return items(end_of(release, scene)["tables"])


def resume(deployment: Deployment, release: str, name: str, **setting: Any) -> Moment:
    """Have everything as it was in a scene's Wait, with its service set like this."""
    scene, data = SCENES[name], read(release, name)["moment"]
    deployment.forget()
    deployment.clock.move_to(Moment.load(data).at)
    _arrange(deployment, scene, {**scene.then, **setting})
    moment = Moment.load(_with_a_stream(deployment, data))
    deployment.put(moment.tables)
    for machine, started in moment.started.items():
        for execution, given in started.items():
            deployment.start(machine, execution, given)
    return moment


def _arrange(deployment: Deployment, scene: Scene, setting: Mapping[str, Any]) -> None:
    deployment.services[scene.provider].session(scene.key, **setting)


def _with_a_stream(deployment: Deployment, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the stream that Nimble Studio had by then. The simulated service gives it another id, so that is put in."""
    old = data["variables"].get("progress", {}).get("streamId")
    if not old or data["input"].get("provider", "nimble") != "nimble":
        return data
    made = deployment.nimble.create_streaming_session_stream(
        studioId="studio", sessionId=SESSION, clientToken=data["variables"]["clientToken"]
    )
    replaced: Mapping[str, Any] = json.loads(json.dumps(data).replace(old, made["stream"]["streamId"]))
    return replaced

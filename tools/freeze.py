"""Freeze what a release writes: `python -m tools.freeze`, at the commit that is released.

Writes a folder for the version of `pyproject.toml` into `tests/releases`: the definitions, executions in each kind of
Wait with what the tables hold meanwhile, how they end, and the resources that must stay. The tests there hold every
later release to it ([ADR 0038](../docs/adr/0038-old-executions-call-new-functions.md)).
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Any

from greenroom_cdk.asset.paths import STATE_MACHINES
from greenroom_cdk.settings import Settings
from tests.infra.synthesised import synthesise
from tests.releases.deployment import MACHINES, Deployment, deployed
from tests.releases.executions import Machines, Moment, dumped
from tests.releases.scenes import SCENES, Scene, run_members

LONGEST_LINE = 150
# By type, the properties whose change makes CloudFormation put another resource in the place of this one.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
LASTING: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("KeySchema",),
    "AWS::Events::EventBus": (),
    "AWS::KMS::Key": (),
    "AWS::Lambda::Function": ("Handler",),
    "AWS::SNS::Topic": (),
    "AWS::SQS::Queue": (),
    "AWS::SecretsManager::Secret": (),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "StateMachineType"),
}
RELEASES = Path(__file__).parents[1] / "tests" / "releases"


def main() -> int:
    home = RELEASES / version("greenroom")
    if home.exists():
        print(f"{home} is there already: what a release has written does not change any more", file=sys.stderr)
        return 1
    definitions = {name: _definition(name) for name in MACHINES}
    # Metrics are lines there.
    with deployed() as deployment, redirect_stdout(io.StringIO()):
        made = {name: frozen(scene, deployment, definitions) for name, scene in SCENES.items()}
    home.mkdir()
    (home / "commit").write_text(_commit())
    for name in MACHINES:
        shutil.copy(STATE_MACHINES / f"{name}.asl.json", home)
    for name, scene in {**made, "resources": _resources(home)}.items():
        (home / f"{name}.json").write_text(_text(scene) + "\n")
    print(home)
    return 0


def _commit() -> str:
    """The commit that the deployed test gets this release from."""
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=RELEASES, capture_output=True, check=True, text=True).stdout  # noqa: S603  # every word is ours


def _definition(machine: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STATE_MACHINES / f"{machine}.asl.json").read_text())
    return found


def frozen(scene: Scene, deployment: Deployment, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The first such Wait, and what there was in the end."""
    deployment.forget()
    moments = list[Moment]()

    def wait(moment: Moment) -> None:
        if scene.is_there(moment):
            moments.append(moment)
        run_members(deployment, definitions, moment)

    run = scene.begin(deployment, Machines(deployment, definitions, wait))
    if not moments:
        raise RuntimeError(f"No execution waited in {scene.state}: {run}")
    end = {
        "at": deployment.now.isoformat(),
        "tables": deployment.items(),
        "shown": deployment.api("GET", moments[0].thing)[1],
        "page": deployment.api("GET", "/streams?limit=1")[1],
        "room": _room(deployment, moments[0]),
        "messages": [json.loads(body) for body in deployment.take("topic")],
        **_given_up(deployment),
    }
    plain: dict[str, Any] = dumped({"moment": moments[0], "end": end})
    return plain


def _room(deployment: Deployment, moment: Moment) -> Any:
    """The link to the waiting room of a request; None for a batch, which has none."""
    if moment.machine == "batch":
        return None
    return deployment.api("POST", f"{moment.thing}/waiting-room", resource="/streams/{id}/waiting-room")[1]


def _given_up(deployment: Deployment) -> dict[str, Any]:
    """What is in the delivery queue, and the letters that it becomes, such as where its record is gone."""
    deliveries = deployment.take("delivery")
    for body in deliveries:
        deployment.send("delivery", body)
    deployment.clear("records")
    deployment.deliver()
    letters = deployment.take("dead_letter")
    return {"deliveries": list(map(json.loads, deliveries)), "letters": list(map(json.loads, letters))}


def _resources(code: Path) -> dict[str, Any]:
    """What an execution or a queue outlives a deployment by: resources that keep their logical ids and their keys."""
    found = synthesise(code, Settings()).everything()
    kept = {name: item for name, item in found.items() if item["Type"] in LASTING}
    return {name: {"Type": item["Type"], **_replacing(item)} for name, item in sorted(kept.items())}


def _replacing(item: Mapping[str, Any]) -> dict[str, Any]:
    names = LASTING[item["Type"]]
    return {name: item["Properties"][name] for name in names if name in item["Properties"]}


def _text(value: Any, indent: str = "") -> str:
    """JSON whose short parts are on one line each."""
    line = json.dumps(value)
    if len(indent) + len(line) <= LONGEST_LINE or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + _text(each, deeper) for each in value) + f"\n{indent}]"
    parts = [f"{deeper}{json.dumps(name)}: {_text(each, deeper)}" for name, each in value.items()]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


if __name__ == "__main__":
    sys.exit(main())

"""What `tools/freeze.py` would write of today's release is what the tests read of the ones before."""

from __future__ import annotations

import json

import pytest

from greenroom_cdk.asset.paths import STATE_MACHINES
from tests.releases.deployment import MACHINES, Deployment
from tests.releases.executions import Moment
from tests.releases.frozen import RELEASES, read
from tests.releases.scenes import SCENES
from tools import freeze


@pytest.mark.parametrize("name", ["stream", "turn-to-create", "batch-scheduled"])
def test_todays_release_can_be_frozen(name: str, deployment: Deployment) -> None:
    definitions = {machine: json.loads((STATE_MACHINES / f"{machine}.asl.json").read_text()) for machine in MACHINES}
    made = freeze.frozen(SCENES[name], deployment, definitions)
    before = read(RELEASES[-1], name)
    assert (made.keys(), made["end"].keys()) == (before.keys(), before["end"].keys())
    moment = Moment.load(json.loads(json.dumps(made))["moment"])
    assert (moment.state, moment.thing) == (SCENES[name].state, Moment.load(before["moment"]).thing)


def test_what_is_frozen_is_not_written_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(freeze, "version", lambda _: RELEASES[0])
    assert freeze.main() == 1
    assert "is there already" in capsys.readouterr().err

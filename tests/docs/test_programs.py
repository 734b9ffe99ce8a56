"""Programs of the documents that need no deployed stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from traitlets.config import Config

from tests.docs.snippets import snippets, titled


def test_the_rule_synthesises_and_may_write_to_its_queue(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(titled("docs/how-to/eventbridge-rule.md", "rule.py"))
    environment = os.environ | {"EventBusName": "the-bus", "CDK_OUTDIR": str(tmp_path / "out")}
    subprocess.run([sys.executable, "rule.py"], cwd=tmp_path, env=environment, check=True, timeout=120)
    template = json.loads((tmp_path / "out" / "StreamsToLookAt.template.json").read_text())
    resources = {resource["Type"]: resource.get("Properties", {}) for resource in template["Resources"].values()}
    assert resources["AWS::Events::Rule"]["EventBusName"] == "the-bus"
    assert resources["AWS::Events::Rule"]["EventPattern"] == {
        "source": ["greenroom"],
        "detail-type": ["Stream Failed", "Stream Timed Out"],
    }
    statements = resources["AWS::SQS::QueuePolicy"]["PolicyDocument"]["Statement"]
    assert "sqs:SendMessage" in json.dumps([one for one in statements if one["Effect"] == "Allow"])


def test_the_lines_of_the_hub_s_configuration_are_configuration() -> None:
    (lines,) = (one.text for one in snippets() if (one.page, one.language) == ("docs/providers.md", "python"))
    configuration = Config()
    exec(compile(lines, "jupyterhub_config.py", "exec"), {"c": configuration})  # noqa: S102  # as the hub reads it
    (service,), (role,) = configuration.JupyterHub.services, configuration.JupyterHub.load_roles
    assert role["services"] == [service["name"]]
    assert configuration.Spawner.environment == {"JUPYTERHUB_ALLOW_TOKEN_IN_URL": "1"}

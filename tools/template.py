"""The template of a deployment as it is by default."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk.assertions import Template
from aws_cdk.aws_lambda import Code

from greenroom_cdk.settings import Settings
from greenroom_cdk.stack import GreenroomStack

ROOT = Path(__file__).parents[1]


def template() -> Mapping[str, Any]:
    """Synthesise the stack as it is by default. The functions' code does not matter."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context={name: value for name, value in context.items() if "/" in name})
    with tempfile.TemporaryDirectory() as code:
        stack = GreenroomStack(app, settings=Settings(), code=Code.from_asset(code))
        found: Mapping[str, Any] = Template.from_stack(stack).to_json()
    return found

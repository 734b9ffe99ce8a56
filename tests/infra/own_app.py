"""Greenroom in an app of your own: a stack with whatever a test puts beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Annotations, Match, Template
from aws_cdk.aws_lambda import Code

from greenroom_cdk import Greenroom
from tests.infra.synthesised import CDK_FLAGS, Synthesised


class Own(Synthesised):
    """The template, and Greenroom's own warnings; the CDK has others."""

    def __init__(self, name: str, template: Mapping[str, Any], warnings: Sequence[str]) -> None:
        super().__init__(name, template)
        self.warnings = list(warnings)


class OwnApp:
    """One app with the stack `Studio`. Nothing is bundled: any directory is the code."""

    def __init__(self, code: Path, *, env: Environment | None = None, **context: Any) -> None:
        self.app = App(context=CDK_FLAGS | context)
        self.stack = Stack(self.app, "Studio", env=env)
        self._code = code

    def greenroom(self, construct_id: str = "Greenroom", **given: Any) -> Greenroom:
        return Greenroom(self.stack, construct_id, code=Code.from_asset(str(self._code)), **given)

    def template(self) -> Own:
        template = Template.from_stack(self.stack).to_json()
        found = Annotations.from_stack(self.stack).find_warning("*", Match.string_like_regexp("Greenroom"))
        return Own("Studio", {"Outputs": {}, **template}, [str(item.entry.data) for item in found])

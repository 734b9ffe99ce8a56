"""The template as tests read it: resources by type, functions by handler, ARNs as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk.assertions import Template
from aws_cdk.aws_lambda import Code

from greenroom_cdk.settings import Settings
from greenroom_cdk.stack import GreenroomStack

ROOT = Path(__file__).parents[2]
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]
CDK_FLAGS = {name: value for name, value in CONTEXT.items() if "/" in name}

Resource = Mapping[str, Any]


class Synthesised:
    """One template. Names of resources are logical ids without CDK's hash: `StorageRecords`."""

    def __init__(self, name: str, template: Mapping[str, Any]) -> None:
        self.name = name
        self.outputs: Mapping[str, Any] = template["Outputs"]
        self._resources: Mapping[str, Resource] = template["Resources"]

    def all(self, kind: str) -> dict[str, Resource]:
        """The resources of a type such as `AWS::SQS::Queue`, by name."""
        return {_without_hash(name): item for name, item in self._resources.items() if item["Type"] == kind}

    def properties(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {name: item["Properties"] for name, item in self.all(kind).items()}

    def everything(self) -> Mapping[str, Resource]:
        """All resources by their logical ids."""
        return self._resources

    def one(self, kind: str) -> Mapping[str, Any]:
        """The properties of the only resource of its type."""
        (found,) = self.properties(kind).values()
        return found

    @property
    def functions(self) -> dict[str, Mapping[str, Any]]:
        """The properties of the functions by their handler's module, such as `get_stream`."""
        found = self.properties("AWS::Lambda::Function").values()
        return {item["Handler"].removeprefix("greenroom.handlers.").removesuffix(".handler"): item for item in found}

    def function_of(self, reference: Any) -> str:
        """The handler of the function that a Ref or a GetAtt points at."""
        logical_id = reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
        return str(self._resources[logical_id]["Properties"]["Handler"].split(".")[2])

    def statements(self, role: Any) -> Iterator[Statement]:
        """The statements of a role, given as a GetAtt of its ARN."""
        name = role["Fn::GetAtt"][0]
        for policy in self.properties("AWS::IAM::Policy").values():
            if {"Ref": name} in policy["Roles"]:
                yield from (Statement(item) for item in policy["PolicyDocument"]["Statement"])

    def on_anything(self, role: Any) -> set[str]:
        """What a role may do on any resource."""
        allowed = [item for item in self.statements(role) if item.effect == "Allow" and "*" in item.resources]
        return {action for item in allowed for action in item.actions}


class Statement:
    def __init__(self, statement: Mapping[str, Any]) -> None:
        self.effect = statement["Effect"]
        self.actions = set(listed(statement["Action"]))
        self.resources = {as_text(resource) for resource in listed(statement["Resource"])}
        self.condition = statement.get("Condition")

    def conditions(self) -> dict[str, Any]:
        """The condition, with ARNs as text."""
        condition: Mapping[str, Mapping[str, Any]] = self.condition or {}
        return {
            operator: {key: value if isinstance(value, list) else as_text(value) for key, value in keys.items()}
            for operator, keys in condition.items()
        }


def synthesise(code: Path, settings: Settings) -> Synthesised:
    """The stack of these settings, with any directory as its code: nothing is bundled."""
    app = App(context=CDK_FLAGS)
    stack = GreenroomStack(app, settings=settings, code=Code.from_asset(str(code)))
    return Synthesised(settings.stack_name, Template.from_stack(stack).to_json())


def as_text(value: Any) -> str:
    """Name what a value of the template points at: `StorageRecords`, `StorageRecords/index/owner`, `arn:…:x/*`."""
    match value:
        case {"Ref": name}:
            return _without_hash(name)
        case {"Fn::GetAtt": [name, "Arn"]}:
            return _without_hash(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{_without_hash(name)}.{attribute}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(as_text(part) for part in parts)
    return str(value)


def _without_hash(logical_id: str) -> str:
    return re.sub(r"(?<=.)[0-9A-F]{8}$", "", logical_id)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

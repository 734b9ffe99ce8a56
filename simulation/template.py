"""The template of the stack: synthesised, and with its references resolved, as CloudFormation deploys it."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_pascal

ROOT = Path(__file__).parents[1]
ACCOUNT, REGION = "123456789012", "us-west-2"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "Greenroom",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Greenroom/1",
}
_PLACEHOLDER = re.compile(r"\$\{([\w.:]+)\}")
_HASH = re.compile(r"(?<=.)[0-9A-F]{8}$")


def synthesised(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Synthesise the stack with these settings. The functions' code does not matter."""
    # They take a second, and threads and a process of Node's stay with them.
    from aws_cdk import App, assertions  # noqa: PLC0415
    from aws_cdk.aws_lambda import Code  # noqa: PLC0415

    from greenroom_cdk.settings import Settings  # noqa: PLC0415
    from greenroom_cdk.stack import GreenroomStack  # noqa: PLC0415

    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context={name: value for name, value in context.items() if "/" in name})
    with tempfile.TemporaryDirectory() as code:
        stack = GreenroomStack(app, settings=Settings.from_values(dict(settings)), code=Code.from_asset(code))
        found: Mapping[str, Any] = assertions.Template.from_stack(stack).to_json()
    return found


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


@dataclass(frozen=True)
class Resource:
    """A resource: `name` is its logical id without CDK's hash, `properties` have no reference left."""

    logical_id: str
    kind: str
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        return _HASH.sub("", self.logical_id)


class Template:
    """The resources of a template, by type. Reference values are those that a deployment would have."""

    def __init__(self, resources: Mapping[str, Mapping[str, Any]]) -> None:
        self._resources = resources
        self._resolved: dict[str, list[Resource]] = {}

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type such as `AWS::SQS::Queue`."""
        if kind not in self._resolved:
            self._resolved[kind] = [
                Resource(logical_id, kind, self.resolved(found.get("Properties", {})))
                for logical_id, found in self._resources.items()
                if found["Type"] == kind
            ]
        return self._resolved[kind]

    def one(self, kind: str, name: str) -> Resource:
        (found,) = (each for each in self.of(kind) if each.name == name)
        return found

    def resolved(self, value: Any) -> Any:  # noqa: PLR0911  # one for each function
        """Return a value with every intrinsic function in it replaced by what it stands for."""
        match value:
            case {"Ref": str(name)} if len(value) == 1:
                return _PSEUDO.get(name) or self._ref(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(str(self.resolved(part)) for part in parts)
            case {"Fn::Sub": str(text)}:
                return _PLACEHOLDER.sub(lambda found: _PSEUDO.get(found[1]) or self._ref(found[1]), text)
            case dict():
                return {name: self.resolved(each) for name, each in value.items()}
            case list():
                return [self.resolved(each) for each in value]
        return value

    def ref(self, logical_id: str) -> str:
        return self._ref(logical_id)

    def _ref(self, logical_id: str) -> str:
        found = self._resources[logical_id]
        name = _name(logical_id, found)
        match found["Type"]:
            case "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
            case "AWS::SNS::Topic" | "AWS::StepFunctions::StateMachine" | "AWS::SecretsManager::Secret":
                return self._attribute(logical_id, "Arn")
        return name

    def _attribute(self, logical_id: str, attribute: str) -> str:
        found = self._resources[logical_id]
        name = _name(logical_id, found)
        arns = {
            "AWS::DynamoDB::Table": arn("dynamodb", f"table/{name}"),
            "AWS::Events::EventBus": arn("events", f"event-bus/{name}"),
            "AWS::Lambda::Function": arn("lambda", f"function:{name}"),
            "AWS::SecretsManager::Secret": arn("secretsmanager", f"secret:{name}"),
            "AWS::SNS::Topic": arn("sns", name),
            "AWS::SQS::Queue": arn("sqs", name),
            "AWS::StepFunctions::StateMachine": arn("states", f"stateMachine:{name}"),
        }
        if found["Type"] not in arns:
            return f"{name}.{attribute}"
        address = arns[found["Type"]]
        return {"StreamArn": f"{address}/stream/1", "QueueName": name}.get(attribute, address)


def _name(logical_id: str, resource: Mapping[str, Any]) -> str:
    """Return the physical name: of a function, its state's, which its handler's module has too."""
    if resource["Type"] == "AWS::Lambda::Function" and str(resource["Properties"]["Handler"]).count(".") == 3:
        return to_pascal(str(resource["Properties"]["Handler"]).split(".")[2])
    return _HASH.sub("", logical_id)


def patterns(mapping: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the patterns of an event source mapping's filters; one that fits everything where there are none."""
    filters = mapping.get("FilterCriteria", {}).get("Filters", [])
    return [json.loads(each["Pattern"]) for each in filters] or [{}]

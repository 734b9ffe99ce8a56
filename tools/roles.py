"""The table of docs/security.md: which roles can get at a stream's URL, and how, by what the template grants."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_pascal

from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.flow import batches
from greenroom_cdk.flow.workflow import TASKS
from greenroom_cdk.settings import Settings
from tests.infra.synthesised import Synthesised, synthesise
from tools.findings import RULES

# Whatever grants something: every provider, fresh URLs for those that expired, batches from S3.
SETTINGS = {
    "providers": list(BUILT_IN),
    "dcvBrokerUrl": "https://broker.example:8443",
    "dcvTokenUrl": "https://broker.example:8443/oauth2/token",
    "jupyterhubUrl": "https://hub.example",
    "renewExpiredUrls": True,
    "batchBuckets": ["classes"],
    "batchPrefix": "{sessionName}/",
    "identities": RULES,
}
URLS, RECORDS, LINK_SECRET = "StorageStreamUrls", "StorageRecords", "ApiLinkSecret"
MACHINE, BATCH_MACHINE = "WorkflowStateMachine", "BatchesStateMachine"
QUEUES = ("ChannelsDeliveryQueue", "EventRequestsQueue")
# The calls of a service by which a URL is made, or read. The secrets of brokers and hubs let their holder do that too.
_OF_SERVICES = {
    "appstream:CreateStreamingURL",
    "gameliftstreams:CreateStreamUrl",
    "gameliftstreams:GetStreamUrl",
    "gameliftstreams:StartStreamSession",
    "nimble:CreateStreamingSessionStream",
    "nimble:GetStreamingSessionStream",
}
# The functions that the state machines call, by their logical ids.
_FUNCTIONS = {f"Workflow{task}": task for task in TASKS} | {f"Batches{task}": task for task in batches.TASKS}
_READS = {"BatchGetItem", "DeleteItem", "GetItem", "GetRecords", "PartiQLSelect", "Query", "Scan", "UpdateItem"}
_MACHINES = {"the machine of streams": MACHINE, "the machine of batches": BATCH_MACHINE}


@dataclass(frozen=True)
class Grant:
    """One action on one resource, whose name is a logical id without CDK's hash. `condition` as the template has it."""

    action: str
    resource: str
    condition: Mapping[str, Any] | None = None

    def is_on(self, resource: str) -> bool:
        return self.resource == resource or self.resource.startswith((f"{resource}/", f"{resource}."))


def _reads_urls(grant: Grant) -> bool:
    """Whatever returns a whole item: a read of named attributes is one of the expiry alone."""
    is_limited = "dynamodb:Attributes" in str(grant.condition)
    return grant.is_on(URLS) and grant.action.removeprefix("dynamodb:") in _READS and not is_limited


def _makes_urls(grant: Grant) -> bool:
    is_of_a_provider = grant.resource.startswith("Providers") and grant.resource.endswith("Secret")
    return grant.action in _OF_SERVICES or (is_of_a_provider and grant.action == "secretsmanager:GetSecretValue")


def _may(*actions: str, on: tuple[str, ...]) -> Callable[[Grant], bool]:
    return lambda grant: grant.action in actions and any(map(grant.is_on, on))


WAYS: Mapping[str, Callable[[Grant], bool]] = {
    "reads or takes URLs": _reads_urls,
    "locks URLs away": _may("dynamodb:PutItem", "dynamodb:BatchWriteItem", on=(URLS,)),
    "makes URLs at a service": _makes_urls,
    "signs links": _may("secretsmanager:GetSecretValue", on=(LINK_SECRET,)),
    "puts records": _may("dynamodb:PutItem", "dynamodb:BatchWriteItem", on=(RECORDS,)),
    "starts flows": _may("states:StartExecution", on=(MACHINE, BATCH_MACHINE)),
    "writes to queues that are acted on": _may("sqs:SendMessage", on=QUEUES),
}
CALLS = "calls functions that do"


@cache
def grants() -> Mapping[str, list[Grant]]:
    """What the template grants, by the name of the function or of the state machine."""
    with tempfile.TemporaryDirectory() as code:
        (Path(code) / "empty.py").touch()
        stack = synthesise(Path(code), Settings.from_values(SETTINGS))
    roles = {to_pascal(name): function["Role"] for name, function in stack.functions.items()}
    machines = stack.properties("AWS::StepFunctions::StateMachine")
    roles |= {name: machines[resource]["RoleArn"] for name, resource in _MACHINES.items()}
    return {holder: list(_of_role(stack, role)) for holder, role in roles.items()}


def _of_role(stack: Synthesised, role: Any) -> Iterator[Grant]:
    for statement in stack.statements(role):
        for action in statement.actions if statement.effect == "Allow" else ():
            for resource in statement.resources:
                yield Grant(action, _FUNCTIONS.get(resource, resource), statement.condition)


def ways() -> dict[str, set[str]]:
    """The ways to a URL of each role that has any."""
    found = {holder: {way for way, fits in WAYS.items() if any(map(fits, given))} for holder, given in grants().items()}
    for holder, given in grants().items():
        called = {grant.resource for grant in given if grant.action == "lambda:InvokeFunction"}
        if any(found.get(each) for each in called):
            found[holder].add(CALLS)
    return found


def table() -> str:
    found, columns = ways(), [*WAYS, CALLS]
    rows = [
        " | ".join([f"`{holder}`", *("yes" if column in found[holder] else "" for column in columns)])
        for holder in sorted(found)
        if found[holder]
    ]
    none = ", ".join(f"`{holder}`" for holder in sorted(found) if not found[holder])
    head = [" | ".join(["role", *columns]), " | ".join(["---"] * (len(columns) + 1))]
    lines = [re.sub(" +", " ", f"| {line} |") for line in [*head, *rows]]
    return "\n".join([*lines, "", f"None of these ways has: {none}."])

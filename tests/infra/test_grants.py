"""The grants of the construct, each by the policy that it makes, and the rule that sends outcomes on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_events_targets import SqsQueue
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from greenroom_cdk import Greenroom
from greenroom_cdk.delivery.outcomes import pattern_of
from tests.infra.own_app import OwnApp
from tests.infra.privileges import SEND
from tests.infra.synthesised import ROOT, Statement, Synthesised, as_text

API = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:GreenroomApiRestApi/v1/"
SOCKET = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:GreenroomWebSocketApi/v1/"
INVOKE = {"execute-api:Invoke"}
Grant = Callable[[Greenroom, iam.Role], object]

GRANTS: dict[str, tuple[Grant, dict[str, set[str]]]] = {
    "MayRequest": (
        Greenroom.grant_request,
        {f"{API}{call}": INVOKE for call in ("POST/streams", "GET/streams", "GET/streams/*", "DELETE/streams/*")},
    ),
    "MayAskForMany": (
        Greenroom.grant_batches,
        {f"{API}{call}": INVOKE for call in ("POST/batches", "GET/batches/*", "DELETE/batches/*", "GET/streams")},
    ),
    "MayInvite": (
        Greenroom.grant_waiting_room,
        {f"{API}{verb}/streams/*/waiting-room": INVOKE for verb in ("POST", "DELETE")},
    ),
    "MayClaim": (Greenroom.grant_claim, {f"{API}POST/streams/*/claim": INVOKE}),
    "MayConnect": (Greenroom.grant_connect, {f"{SOCKET}$connect": INVOKE}),
    "MayPut": (Greenroom.grant_request_by_event, {"GreenroomChannelsBus": {"events:PutEvents"}}),
    "MayPutFromOne": (
        partial(Greenroom.grant_request_by_event, source="studio.render"),
        {"GreenroomChannelsBus": {"events:PutEvents"}},
    ),
    "MayStart": (Greenroom.grant_start, {"GreenroomWorkflowStateMachine": {"states:StartExecution"}}),
    "MayRedrive": (
        Greenroom.grant_redrive,
        {
            "GreenroomChannelsDeadLetterQueue": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
            "GreenroomChannelsDeliveryQueue": SEND,
            "GreenroomStorageKey": {"kms:Decrypt", "kms:GenerateDataKey"},
        },
    ),
}


@dataclass(frozen=True)
class Event:
    """An event as EventBridge shows it to IAM. The emulator fills in neither key, so its evaluator is called here."""

    source: str
    detail_type: str

    def judged_by(self, statements: Iterable[Statement], *, bus: str = "GreenroomChannelsBus") -> str:
        policy = {
            "Statement": [
                {
                    "Effect": item.effect,
                    "Action": sorted(item.actions),
                    "Resource": sorted(item.resources),
                    "Condition": item.conditions(),
                }
                for item in statements
            ]
        }
        context = EvalContext(
            principal_arn="arn:aws:iam::111122223333:role/caller",
            principal_type="AssumedRole",
            principal_account="111122223333",
            action="events:PutEvents",
            resource_arn=bus,
            region="us-west-2",
            service_context={"events:source": [self.source], "events:detail-type": self.detail_type},
        )
        return str(evaluate(context, [parse_policy_document(policy)]).decision)


@pytest.fixture(scope="module")
def template(code: Path) -> Synthesised:
    """A stack with a role for each grant, and two rules."""
    app = OwnApp(code)
    greenroom = app.greenroom()
    for name, (grant, _) in GRANTS.items():
        grant(greenroom, iam.Role(app.stack, name, assumed_by=iam.AccountRootPrincipal()))
    queue = SqsQueue(sqs.Queue(app.stack, "Queue"))
    greenroom.on_outcome("Failures", target=queue, types=["stream.failed", "stream.timed_out"])
    greenroom.on_outcome("Everything", target=queue)
    return app.template()


@pytest.mark.parametrize("name", GRANTS)
def test_a_grant_allows_this_and_nothing_else(template: Synthesised, name: str) -> None:
    granted: dict[str, set[str]] = {}
    for statement in template.statements(_role(template, name)):
        for resource in statement.resources:
            granted.setdefault(resource, set()).update(statement.actions)
    assert granted == GRANTS[name][1]


def test_the_key_is_granted_by_way_of_the_queues(template: Synthesised) -> None:
    uses = [item for item in template.statements(_role(template, "MayRedrive")) if "kms:Decrypt" in item.actions]
    assert uses
    via = {"StringEquals": {"kms:ViaService": "sqs.AWS::Region.AWS::URLSuffix"}}
    assert all(item.conditions() == via for item in uses)


@pytest.mark.parametrize(
    ("role", "source", "detail_type", "decision"),
    [
        ("MayPut", "studio", "Stream Requested", "Allow"),
        ("MayPut", "studio", "Stream Ready", "ImplicitDeny"),
        ("MayPut", "greenroom", "Stream Requested", "ImplicitDeny"),
        ("MayPut", "greenroom", "Stream Ready", "ImplicitDeny"),
        ("MayPutFromOne", "studio.render", "Stream Requested", "Allow"),
        ("MayPutFromOne", "studio", "Stream Requested", "ImplicitDeny"),
        ("MayPutFromOne", "studio.render", "Stream Ready", "ImplicitDeny"),
        ("MayPutFromOne", "greenroom", "Stream Ready", "ImplicitDeny"),
    ],
)
def test_whoever_asks_by_event_may_put_requests_and_announce_no_outcome(
    template: Synthesised, role: str, source: str, detail_type: str, decision: str
) -> None:
    event = Event(source, detail_type)
    assert event.judged_by(template.statements(_role(template, role))) == decision


@pytest.mark.parametrize(
    ("function", "event", "decision"),
    [
        ("announce", Event("greenroom", "Stream Ready"), "Allow"),
        ("announce", Event("greenroom", "Stream Requested"), "ImplicitDeny"),
        ("accept_event", Event("greenroom", "Stream Rejected"), "Allow"),
        ("accept_event", Event("greenroom", "Stream Ready"), "ImplicitDeny"),
        ("end_batch", Event("aws.s3", "Batch Finished"), "ImplicitDeny"),
    ],
)
def test_a_function_may_put_its_own_events_and_no_others(
    template: Synthesised, function: str, event: Event, decision: str
) -> None:
    assert event.judged_by(template.statements(template.functions[function]["Role"])) == decision


def test_greenrooms_own_source_is_granted_to_nobody(code: Path) -> None:
    app = OwnApp(code)
    greenroom = app.greenroom()
    with pytest.raises(ValueError, match="source: must not be greenroom"):
        greenroom.grant_request_by_event(
            iam.Role(app.stack, "R", assumed_by=iam.AccountRootPrincipal()), source="greenroom"
        )


def test_the_policy_that_the_documents_give_a_caller_allows_requests_by_event_and_no_other_event() -> None:
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    policy = json.loads(page.partition("## What a caller needs")[2].partition("```json")[2].partition("```")[0])
    statements = [Statement(item) for item in policy["Statement"]]
    bus = "arn:aws:events:us-west-2:111122223333:event-bus/EVENT_BUS_NAME"
    found = {
        event: Event(*event).judged_by(statements, bus=bus)
        for event in [
            ("studio", "Stream Requested"),
            ("studio", "Stream Ready"),
            ("greenroom", "Stream Ready"),
            ("greenroom", "Stream Requested"),
        ]
    }
    assert found.pop(("studio", "Stream Requested")) == "Allow"
    assert set(found.values()) == {"ImplicitDeny"}


def _role(template: Synthesised, name: str) -> dict[str, list[str]]:
    """The GetAtt of the role that has this name."""
    roles = [item for item, resource in template.everything().items() if resource["Type"] == "AWS::IAM::Role"]
    (role,) = [item for item in roles if re.fullmatch(name + "[0-9A-F]{8}", item)]
    return {"Fn::GetAtt": [role, "Arn"]}


def test_outcomes_of_chosen_types_are_sent_on(template: Synthesised) -> None:
    rule = template.properties("AWS::Events::Rule")["GreenroomFailures"]
    assert rule["EventPattern"] == {"source": ["greenroom"], "detail-type": ["Stream Failed", "Stream Timed Out"]}
    assert as_text(rule["EventBusName"]) == "GreenroomChannelsBus"
    assert [as_text(target["Arn"]) for target in rule["Targets"]] == ["Queue"]


def test_without_types_every_outcome_is_sent_on(template: Synthesised) -> None:
    assert template.properties("AWS::Events::Rule")["GreenroomEverything"]["EventPattern"]["detail-type"] == [
        "Stream Ready",
        "Stream Failed",
        "Stream Timed Out",
        "Stream Cancelled",
        "Stream Rejected",
        "Batch Finished",
        "Batch Cancelled",
    ]


@pytest.mark.parametrize("types", [["stream.late"], []], ids=["unknown", "none"])
def test_a_type_that_there_is_not_is_refused_with_those_that_there_are(types: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"types: must be some of stream\.ready, .*stream\.rejected"):
        pattern_of(types)

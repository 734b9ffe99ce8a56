"""The grants of the construct, each by the policy that it makes, and the rule that sends outcomes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_events_targets import SqsQueue

from greenroom_cdk import Greenroom
from greenroom_cdk.outcomes import pattern_of
from tests.infra.own_app import OwnApp
from tests.infra.privileges import CONSUME, SEND
from tests.infra.synthesised import Synthesised, as_text

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
    "MayStart": (Greenroom.grant_start, {"GreenroomWorkflowStateMachine": {"states:StartExecution"}}),
    "MayRedrive": (
        Greenroom.grant_redrive,
        {
            "GreenroomChannelsDeadLetterQueue": CONSUME,
            "GreenroomChannelsDeliveryQueue": SEND,
            "GreenroomStorageKey": {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
        },
    ),
}


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
    roles = [item for item, resource in template.everything().items() if resource["Type"] == "AWS::IAM::Role"]
    (role,) = [item for item in roles if item.startswith(name)]
    granted: dict[str, set[str]] = {}
    for statement in template.statements({"Fn::GetAtt": [role, "Arn"]}):
        for resource in statement.resources:
            granted.setdefault(resource, set()).update(statement.actions)
    assert granted == GRANTS[name][1]


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

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
from tests.infra.own_app import OwnApp
from tests.infra.privileges import CONSUME, SEND
from tests.infra.synthesised import Synthesised

API = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:GreenroomApiRestApi/v1/"
SOCKET = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:GreenroomWebSocketApi/v1/"
INVOKE = {"execute-api:Invoke"}
Grant = Callable[[Greenroom, iam.Role], object]

GRANTS: list[tuple[str, Grant, dict[str, set[str]]]] = [
    (
        "request",
        Greenroom.grant_request,
        {f"{API}{call}": INVOKE for call in ("POST/streams", "GET/streams", "GET/streams/*", "DELETE/streams/*")},
    ),
    ("claim", Greenroom.grant_claim, {f"{API}POST/streams/*/claim": INVOKE}),
    ("connect", Greenroom.grant_connect, {f"{SOCKET}$connect": INVOKE}),
    ("request by event", Greenroom.grant_request_by_event, {"GreenroomChannelsBus": {"events:PutEvents"}}),
    ("start", Greenroom.grant_start, {"GreenroomWorkflowStateMachine": {"states:StartExecution"}}),
    (
        "redrive",
        Greenroom.grant_redrive,
        {
            "GreenroomChannelsDeadLetterQueue": CONSUME,
            "GreenroomChannelsDeliveryQueue": SEND,
            "GreenroomStorageKey": {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
        },
    ),
]


@pytest.mark.parametrize(("grant", "expected"), [item[1:] for item in GRANTS], ids=[item[0] for item in GRANTS])
def test_a_grant_allows_this_and_nothing_else(code: Path, grant: Grant, expected: dict[str, set[str]]) -> None:
    app = OwnApp(code)
    artist = iam.Role(app.stack, "Artist", assumed_by=iam.AccountRootPrincipal())
    grant(app.greenroom(), artist)
    assert granted(app.template(), artist) == expected


def granted(synthesised: Synthesised, role: iam.Role) -> dict[str, set[str]]:
    """Resource → actions."""
    found: dict[str, set[str]] = {}
    logical_id = str(role.stack.resolve(role.role_arn)["Fn::GetAtt"][0])
    for statement in synthesised.statements({"Fn::GetAtt": [logical_id, "Arn"]}):
        for resource in statement.resources:
            found.setdefault(resource, set()).update(statement.actions)
    return found


def rule_of(code: Path, **given: Any) -> dict[str, Any]:
    app = OwnApp(code)
    queue = sqs.Queue(app.stack, "Queue")
    app.greenroom().on_outcome("Outcomes", target=SqsQueue(queue), **given)
    return dict(app.template().properties("AWS::Events::Rule")["GreenroomOutcomes"])


def test_outcomes_of_chosen_types_are_sent_on(code: Path) -> None:
    rule = rule_of(code, types=["stream.failed", "stream.timed_out"])
    assert rule["EventPattern"] == {"source": ["greenroom"], "detail-type": ["Stream Failed", "Stream Timed Out"]}
    assert rule["EventBusName"] == {"Ref": rule["EventBusName"]["Ref"]}
    assert rule["EventBusName"]["Ref"].startswith("GreenroomChannelsBus")


def test_without_types_every_outcome_is_sent_on(code: Path) -> None:
    assert rule_of(code)["EventPattern"]["detail-type"] == [
        "Stream Ready",
        "Stream Failed",
        "Stream Timed Out",
        "Stream Cancelled",
        "Stream Rejected",
    ]


@pytest.mark.parametrize("types", [["stream.late"], []], ids=["unknown", "none"])
def test_a_type_that_there_is_not_is_refused_with_those_that_there_are(code: Path, types: list[str]) -> None:
    with pytest.raises(ValueError, match=r"types: must be some of stream\.ready, .*stream\.rejected"):
        rule_of(code, types=types)

"""What cdk-nag finds and we live with: each finding has its reason, and each reason its finding."""

from __future__ import annotations

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks

from greenroom_cdk.findings import acknowledge_anything
from tests.infra.synthesised import CDK_FLAGS, Synthesised
from tools.findings import SUPPRESSED, Finding, Findings, Suppression, scan

ROLE = Finding("cdk-nag", "AwsSolutions-IAM5[Resource::*]", "Greenroom/Default/Api/ApiRole/DefaultPolicy/Resource")
REASON = Suppression("cdk-nag", ROLE.rule, "Greenroom/Default/Api/ApiRole", "X-Ray has no resources")


@pytest.fixture(scope="module")
def findings() -> Findings:
    """Of the template as it comes, and of the one with everything."""
    return scan("cdk-nag")


def test_each_finding_has_a_reason_and_each_reason_a_finding(findings: Findings) -> None:
    assert findings.complaints() == []


def test_no_finding_is_about_the_actions_of_a_policy(findings: Findings) -> None:
    """An action that is a pattern has no reason anywhere."""
    assert not [each.rule for each in findings.found if "IAM5[Action::" in each.rule]


@pytest.mark.parametrize(
    ("found", "suppressions", "complaints"),
    [
        ([ROLE], [REASON], []),
        ([ROLE], [], [f"cdk-nag: {ROLE.rule} at {ROLE.place} has no reason"]),
        ([], [REASON], [f"cdk-nag: {ROLE.rule} at {REASON.place} is suppressed, and is found there no more"]),
    ],
    ids=["both", "a finding alone", "a reason alone"],
)
def test_one_without_the_other_is_named(
    found: list[Finding], suppressions: list[Suppression], complaints: list[str]
) -> None:
    assert Findings(tuple(found), tuple(suppressions)).complaints() == complaints


def test_a_reason_is_for_its_construct_and_for_no_other_whose_name_begins_alike() -> None:
    other = Finding(ROLE.scanner, ROLE.rule, ROLE.place.replace("ApiRole", "ApiRoleOfOthers"))
    assert REASON.covers(ROLE)
    assert not REASON.covers(other)


def test_no_reason_stands_for_all_rules_or_says_nothing() -> None:
    assert all(len(each.reason) > 20 and "*" not in each.rule for each in SUPPRESSED)


@pytest.mark.parametrize("deployment", ["stack", "changed"])
def test_the_reason_of_a_policy_names_each_action_that_it_allows_on_any_resource(
    deployment: str, findings: Findings, request: pytest.FixtureRequest
) -> None:
    template: Synthesised = request.getfixturevalue(deployment)
    machines = template.properties("AWS::StepFunctions::StateMachine").values()
    roles = [item["Role"] for item in template.functions.values()] + [item["RoleArn"] for item in machines]
    told = {each.reason for each in findings.suppressions if each.rule == ROLE.rule}
    for role in roles:
        actions = template.on_anything(role)
        assert any(actions <= set(_named(reason)) for reason in told), role
        assert actions


def _named(reason: str) -> list[str]:
    """The actions of a reason such as `a:B, a:C: why; d:E: why`."""
    return [action for part in reason.split("; ") for action in part.partition(": ")[0].split(", ")]


def test_an_action_without_a_reason_is_acknowledged_by_no_other_actions_reason() -> None:
    assert _found({}) == ["AwsSolutions-IAM5[Resource::*]"]
    assert _found({"s3:ListAllMyBuckets": "it takes no resource"}) == []


def _found(more: dict[str, str]) -> list[str]:
    """What cdk-nag finds of a role that may do two things on any resource, one of them with a reason of ours."""
    app = App(context=CDK_FLAGS)
    stack = Stack(app, "Stack")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    actions = ["s3:ListAllMyBuckets", "xray:PutTraceSegments"]
    role.add_to_policy(iam.PolicyStatement(actions=actions, resources=["*"]))
    acknowledge_anything(stack, more)
    return [each.rule_name for each in AwsSolutionsChecks(app).validate_scope(stack).violations]

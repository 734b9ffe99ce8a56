"""Findings of the security scanner that we live with: each at one construct, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct

_XRAY = "X-Ray has no resources"
_INTERFACES = "Lambda makes a network interface in the VPC; the function's own code is denied it"
_LOG_DELIVERY = "log delivery has no resources; Step Functions sets up the log of the state machine by it"
# What roles may do on any resource, each action with its reason. Whether an action takes a resource, the Service
# Authorization Reference says: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
ON_ANYTHING: Mapping[str, str] = {
    "ec2:AssignPrivateIpAddresses": _INTERFACES,
    "ec2:CreateNetworkInterface": _INTERFACES,
    "ec2:DeleteNetworkInterface": _INTERFACES,
    "ec2:DescribeNetworkInterfaces": _INTERFACES,
    "ec2:DescribeSubnets": _INTERFACES,
    "ec2:UnassignPrivateIpAddresses": _INTERFACES,
    "logs:CreateLogDelivery": _LOG_DELIVERY,
    "logs:DeleteLogDelivery": _LOG_DELIVERY,
    "logs:DescribeLogGroups": _LOG_DELIVERY,
    "logs:DescribeResourcePolicies": _LOG_DELIVERY,
    "logs:GetLogDelivery": _LOG_DELIVERY,
    "logs:ListLogDeliveries": _LOG_DELIVERY,
    "logs:PutResourcePolicy": _LOG_DELIVERY,
    "logs:UpdateLogDelivery": _LOG_DELIVERY,
    "xray:GetSamplingRules": _XRAY,
    "xray:GetSamplingTargets": _XRAY,
    "xray:PutTelemetryRecords": _XRAY,
    "xray:PutTraceSegments": _XRAY,
}


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Acknowledge a finding, by cdk-nag's id, such as `AwsSolutions-SQS3`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))


def acknowledge_anything(scope: IConstruct, more: Mapping[str, str]) -> None:
    """Give the reason of each action that a role below is allowed on any resource; `more` has those of providers.

    cdk-nag has one finding for all such actions of a policy. Where one of them has no reason, the finding stays.
    """
    reasons = {**ON_ANYTHING, **more}
    for policy in (each for each in scope.node.find_all() if isinstance(each, iam.Policy)):
        actions = _on_anything(Stack.of(policy).resolve(policy.document))
        if actions and reasons.keys() >= actions:
            acknowledge(policy, "AwsSolutions-IAM5[Resource::*]", _told(actions, reasons))


def _on_anything(document: Mapping[str, Any]) -> set[str]:
    allowed = [item for item in document["Statement"] if item["Effect"] == "Allow"]
    return {action for item in allowed if "*" in _listed(item["Resource"]) for action in _listed(item["Action"])}


def _told(actions: Iterable[str], reasons: Mapping[str, str]) -> str:
    """Return all reasons on one line, each after its actions."""
    by_reason: dict[str, list[str]] = {}
    for action in sorted(actions):
        by_reason.setdefault(reasons[action], []).append(action)
    return "; ".join(f"{', '.join(named)}: {reason}" for reason, named in by_reason.items())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""The names in a template that must be unique in an account and region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.infra.synthesised import Synthesised

# Properties whose values must be unique in an account and region, for the types that Greenroom uses. Where they are
# absent, CloudFormation makes a name of the stack's name and a random part.
PHYSICAL_NAMES = {
    "AlarmName",
    "AliasName",
    "DashboardName",
    "FunctionName",
    "LogGroupName",
    "ManagedPolicyName",
    "Name",
    "QueueName",
    "RoleName",
    "StateMachineName",
    "TableName",
    "TopicName",
}
# Types that use one of those words for something else: a function's name as a reference, or a name inside one API.
NOT_ITS_OWN_NAME = {
    "AWS::ApiGatewayV2::Api": "the names of WebSocket APIs need not differ",
    "AWS::Lambda::EventInvokeConfig": "it names its function by a reference",
    "AWS::Lambda::EventSourceMapping": "it names its function by a reference",
    "AWS::Lambda::Permission": "it names its function by a reference",
}
# Types whose names are unique in an account, whatever the region; those of our roles and policies are CloudFormation's.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
GLOBAL = {"AWS::CloudWatch::Dashboard", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::S3::Bucket"}


def physical_names(synthesised: Synthesised) -> Iterator[tuple[str, str, Any]]:
    """Type, property and value of each."""
    for resource in synthesised.everything().values():
        for name in PHYSICAL_NAMES & set(resource.get("Properties", {})):
            if resource["Type"] not in NOT_ITS_OWN_NAME:
                yield resource["Type"], name, resource["Properties"][name]

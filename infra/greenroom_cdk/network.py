"""The part of a VPC from which the services are called, where a deployment names one."""

from __future__ import annotations

from typing import cast

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from greenroom_cdk.functions import Function
from greenroom_cdk.settings import Settings

# Those of the managed policy AWSLambdaVPCAccessExecutionRole; EC2 has no resource ARNs for most of them:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


class Network:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def link(self, function: Function) -> None:
        """Let a function run in the subnets. Lambda may make the network interface for it; the function itself may not.

        Only calls by the function's own code have its ARN as their source:
        https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        """
        if not self._settings.subnet_ids:
            return
        configuration = lambda_.CfnFunction.VpcConfigProperty(
            security_group_ids=list(self._settings.security_group_ids), subnet_ids=list(self._settings.subnet_ids)
        )
        cast("lambda_.CfnFunction", function.node.default_child).vpc_config = configuration
        function.allow(ACTIONS, ["*"])
        any_function = Stack.of(function).format_arn(
            service="lambda", resource="function", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(ACTIONS),
                resources=["*"],
                conditions={"ArnLike": {"lambda:SourceFunctionArn": any_function}},
            )
        )

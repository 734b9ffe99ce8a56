"""The part of a VPC from which the services are called, where a deployment names one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from greenroom_cdk.functions import Function, any_function
from greenroom_cdk.settings import Settings, SettingsError

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
    """Subnets and security groups, by the ids of the settings or by the constructs of an app; none of either: no VPC.

    `connections` are those of the functions that run there.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: Sequence[ec2.ISecurityGroup] | None,
    ) -> None:
        self._subnet_ids, self._security_group_ids = list(settings.subnet_ids), list(settings.security_group_ids)
        self._after: IDependable | None = None
        self.connections = ec2.Connections()
        if not vpc:
            if vpc_subnets or security_groups:
                raise SettingsError(["vpc: must be given with vpc_subnets and security_groups"])
            return
        if self._subnet_ids:
            raise SettingsError(["subnet_ids: must not be set where the construct is given a vpc"])
        subnets = _selected(vpc, vpc_subnets or ec2.SubnetSelection())
        groups = list(security_groups or [_group(scope, vpc)])
        self._subnet_ids = subnets.subnet_ids
        self._security_group_ids = [group.security_group_id for group in groups]
        self._after = subnets.internet_connectivity_established
        self.connections = ec2.Connections(security_groups=groups)

    def grant(self, function: Function) -> None:
        """Let a function run in the subnets. Lambda may make the network interface for it; the function itself may not.

        Only calls by the function's own code have its ARN as their source:
        https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        """
        if not self._subnet_ids:
            return
        configuration = lambda_.CfnFunction.VpcConfigProperty(
            security_group_ids=self._security_group_ids, subnet_ids=self._subnet_ids
        )
        cast("lambda_.CfnFunction", function.node.default_child).vpc_config = configuration
        if self._after:
            function.node.add_dependency(self._after)
        function.allow(ACTIONS, ["*"])
        function.add_to_role_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(ACTIONS),
                resources=["*"],
                conditions={"ArnLike": {"lambda:SourceFunctionArn": any_function(function)}},
            )
        )


def _selected(vpc: ec2.IVpc, chosen: ec2.SubnetSelection) -> ec2.SelectedSubnets:
    return vpc.select_subnets(
        availability_zones=chosen.availability_zones,
        one_per_az=chosen.one_per_az,
        subnet_filters=chosen.subnet_filters,
        subnet_group_name=chosen.subnet_group_name,
        subnet_type=chosen.subnet_type,
        subnets=chosen.subnets,
    )


def _group(scope: Construct, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    description = "Greenroom: the functions that call the streaming services"
    return ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc, description=description)

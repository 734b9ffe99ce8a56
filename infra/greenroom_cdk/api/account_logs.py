"""The role by which API Gateway writes logs: one for the whole account in a region, not one for an API."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from greenroom_cdk.findings import acknowledge
from greenroom_cdk.settings import Settings

_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_FINDING = f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_POLICY}]"
_REASON = "The policy that API Gateway asks for to write logs for the account"


class AccountLogs(Construct):
    """Makes the role and gives it to API Gateway, unless the settings say that the account has one.

    `AWS::ApiGateway::Account` replaces the role for every API of the region, and nothing puts the former one back, so
    both stay when the stack is deleted: other APIs may log by them by then.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-account.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._account: apigateway.CfnAccount | None = None
        if settings.use_account_logs_role:
            return
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)],
        )
        acknowledge(role, _FINDING, _REASON)
        self._account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        for construct in (role, self._account):
            construct.apply_removal_policy(RemovalPolicy.RETAIN)

    @classmethod
    def of_stack(cls, scope: Construct, construct_id: str, *, settings: Settings) -> AccountLogs:
        """Return the stack's account logs, or make them: two would replace each other's role."""
        for construct in Stack.of(scope).node.find_all():
            if isinstance(construct, AccountLogs) and construct.sets_the_role:
                return construct
        return cls(scope, construct_id, settings=settings)

    @property
    def sets_the_role(self) -> bool:
        return self._account is not None

    def come_before(self, stage: IConstruct) -> None:
        """Deploy them before a stage: a stage that logs is refused while the account has no role."""
        if self._account:
            stage.node.add_dependency(self._account)

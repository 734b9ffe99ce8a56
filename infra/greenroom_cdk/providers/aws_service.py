"""A provider that is a service of AWS: IAM says who may call it, and boto3 finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import Function
from greenroom_cdk.providers.plug import Verb
from greenroom_cdk.settings import Settings


class AwsService(Construct):
    """One service of this account and region.

    `SERVICE` is the prefix of its actions. `MAY` has the operations of each verb by the resources that they are called
    on, as they end in an ARN; `REASON` says why these are patterns. Operations that take no resource are under `*`, and
    `ON_ANYTHING` has the reason of each. The setting `{service}EndpointUrl` moves it.
    """

    SERVICE: ClassVar[str]
    MAY: ClassVar[Mapping[Verb, Mapping[str, Sequence[str]]]]
    REASON: ClassVar[str]
    ON_ANYTHING: ClassVar[Mapping[str, str]] = {}
    outputs: Mapping[str, str] = {}  # nobody writes to it

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:  # noqa: ARG002
        super().__init__(scope, construct_id)
        self._endpoint_url: str | None = getattr(settings, f"{self.SERVICE}_endpoint_url", None)

    @property
    def on_anything(self) -> Mapping[str, str]:
        """The reasons of the actions that take no resource."""
        return {f"{self.SERVICE}:{operation}": reason for operation, reason in self.ON_ANYTHING.items()}

    def grant(self, function: Function, verb: Verb) -> None:
        """Let a function make this verb's calls."""
        for resources, operations in self.MAY.get(verb, {}).items():
            function.allow([f"{self.SERVICE}:{operation}" for operation in operations], [self._arn(resources)])
            if resources != "*":
                finding = f"arn:<AWS::Partition>:{self.SERVICE}:<AWS::Region>:<AWS::AccountId>:{resources}"
                acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{finding}]", self.REASON)
        if self._endpoint_url:
            # boto3 itself reads it: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
            function.set_variable(f"AWS_ENDPOINT_URL_{self.SERVICE.upper()}", self._endpoint_url)

    def _arn(self, resources: str) -> str:
        if resources == "*":
            return resources
        kind, _, name = resources.partition("/")
        return Stack.of(self).format_arn(service=self.SERVICE, resource=kind, resource_name=name)

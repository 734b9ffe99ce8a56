"""The stack: Greenroom by itself, with the names of what comes out."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from greenroom_cdk.greenroom import Greenroom
from greenroom_cdk.settings import Settings


class GreenroomStack(Stack):
    """One use of the construct. SettingsError if Lambda would refuse it."""

    def __init__(
        self, scope: Construct, *, settings: Settings, code: lambda_.Code | None = None, **kwargs: Any
    ) -> None:
        description = "Greenroom: streams, asked for and handed over"
        super().__init__(scope, settings.stack_name, description=description, **kwargs)
        # An id that has no part in the names of resources: https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html
        self.greenroom = Greenroom(self, "Default", settings=settings, code=code)
        self.outputs = {name: CfnOutput(self, name, value=value) for name, value in self.greenroom.outputs.items()}

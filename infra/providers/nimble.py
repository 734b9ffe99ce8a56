"""Nimble Studio: what each verb calls, on which resources, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Stack

from infra.findings import acknowledge
from infra.functions import Function
from infra.providers.plug import Verb
from infra.settings import Settings

_ACTIONS: Mapping[Verb, Sequence[str]] = {
    "prepare": ("nimble:GetStreamingSession", "nimble:StartStreamingSession"),
    "create": ("nimble:CreateStreamingSessionStream",),
    "describe": ("nimble:GetStreamingSessionStream",),
    "connect": ("nimble:GetStreamingSessionStream",),
    "release": ("nimble:GetStreamingSession", "nimble:StopStreamingSession"),
}
_FINDING = "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:nimble:<AWS::Region>:<AWS::AccountId>:streaming-session/*]"
_REASON = "A session is named by the request; which ones exist is known only when it comes"
# boto3 itself reads it: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
_ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_NIMBLE"


class NimbleStudio:
    def __init__(self, settings: Settings) -> None:
        self._endpoint_url = settings.nimble_endpoint_url

    def link(self, function: Function, verb: Verb) -> None:
        """Let a function make this verb's calls, on any session of the account."""
        stack = Stack.of(function)
        sessions = stack.format_arn(service="nimble", resource="streaming-session", resource_name="*")
        function.allow(_ACTIONS[verb], [sessions])
        acknowledge(function.own_role, _FINDING, _REASON)
        if self._endpoint_url:
            function.set_variable(_ENDPOINT_VARIABLE, self._endpoint_url)

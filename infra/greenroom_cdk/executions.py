"""Executions of the state machine, for the functions that start and stop them."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_stepfunctions as sfn

from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import Function

_REASON = "An execution is named by its request; this is every execution of the one state machine"


class Executions:
    """The machine has a name, so that the ARN of its executions is known to those who may stop them."""

    def __init__(self, machine: sfn.StateMachine, *, name: str) -> None:
        self._machine = machine
        self._name = name

    def link_start(self, function: Function) -> None:
        """Let a function start an execution."""
        self._tell(function)
        self._machine.grant_start_execution(function)

    def link_stop(self, function: Function) -> None:
        """Let a function stop an execution."""
        self._tell(function)
        stack = Stack.of(self._machine)
        name = f"{self._name}:*"
        arn = stack.format_arn(
            service="states", resource="execution", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        function.allow(["states:StopExecution"], [arn])
        finding = f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{name}"
        acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{finding}]", _REASON)

    def _tell(self, function: Function) -> None:
        function.tell(state_machine_arn=self._machine.state_machine_arn)

"""Executions of a state machine, for the functions that start and stop them."""

from __future__ import annotations

from typing import cast

from aws_cdk import ArnFormat, CfnElement, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from greenroom_cdk.delivery.queues import Queue
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import Function

_REASON = "An execution is named by its request, or its batch; this is every execution of the one state machine"


class Executions:
    """Functions know the machine's ARN by `variable`. `name` is the machine's, where it has one of its own choice.

    With the name, the ARN of its executions is known to those who may stop them, whatever depends on what.
    """

    def __init__(self, machine: sfn.StateMachine, *, variable: str, name: str | None = None) -> None:
        self._machine = machine
        self._variable = variable
        self._name = name or machine.state_machine_name
        # As the scanner of the template shows it: a name of CloudFormation's choice is an attribute of the machine.
        self._shown = name or f"<{Stack.of(machine).get_logical_id(_resource(machine))}.Name>"

    def grant_start(self, function: Function) -> None:
        """Let a function start an execution."""
        self._tell(function)
        function.allow(["states:StartExecution"], [self._machine.state_machine_arn])

    def grant_stop(self, function: Function) -> None:
        """Let a function stop an execution."""
        self._grant(function, "StopExecution")

    def grant_find(self, function: Function) -> None:
        """Let a function read what became of an execution, and what it was asked for."""
        self._grant(function, "DescribeExecution")

    def _grant(self, function: Function, operation: str) -> None:
        self._tell(function)
        stack = Stack.of(self._machine)
        arn = stack.format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self._name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        function.allow([f"states:{operation}"], [arn])
        finding = f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{self._shown}:*"
        acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{finding}]", _REASON)

    def call_at_ends(self, scope: Construct, function: Function, *, queue: Queue) -> None:
        """Call a function for each execution that was aborted, failed or timed out; what it cannot handle is kept."""
        queue.grant_leftovers(function)
        pattern = events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={
                "stateMachineArn": [self._machine.state_machine_arn],
                "status": ["ABORTED", "FAILED", "TIMED_OUT"],
            },
        )
        target = targets.LambdaFunction(function, dead_letter_queue=queue)
        events.Rule(scope, "ExecutionEnded", event_pattern=pattern, targets=[target])

    def _tell(self, function: Function) -> None:
        function.set_environment(**{self._variable: self._machine.state_machine_arn})


def _resource(machine: sfn.StateMachine) -> CfnElement:
    return cast("CfnElement", machine.node.default_child)

"""The executions of the one state machine. A request's id is the name of its execution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenroom.adapters.aws_errors import execution_errors
from greenroom.tracing import trace_header

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient


class StepFunctionsExecutions:
    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn

    def start(self, request_id: str, request: Mapping[str, Any]) -> None:
        """Start the flow, in the trace of this call. A second start under the same id is no second execution.

        Its bucket: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        """
        trace = trace_header()
        try:
            with execution_errors():
                self._client.start_execution(
                    stateMachineArn=self._state_machine_arn,
                    name=request_id,
                    input=json.dumps(request),
                    **({"traceHeader": trace} if trace else {}),
                )
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def stop(self, request_id: str, error: str, cause: str) -> None:
        """Stop the flow. Without effect when it has ended."""
        arn = self._state_machine_arn.replace(":stateMachine:", ":execution:") + f":{request_id}"
        try:
            with execution_errors():
                self._client.stop_execution(executionArn=arn, error=error, cause=cause)
        except (self._client.exceptions.ExecutionDoesNotExist, self._client.exceptions.ValidationException):
            # There is nothing to stop: it has ended, or its start was lost.
            return

"""The executions of the one state machine. A request's id is the name of its execution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import rfc8785

from greenroom.adapters.aws_errors import execution_errors
from greenroom.domain.errors import EndpointUnreachable, NameTaken
from greenroom.flow.executions import Execution
from greenroom.tracing import trace_header

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient


class StepFunctionsExecutions:
    """`others_start`: people start executions of this machine too, and may choose a name that a request will need."""

    def __init__(self, client: SFNClient, state_machine_arn: str, *, others_start: bool = False) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn
        self._others_start = others_start

    def start(self, request_id: str, request: Mapping[str, Any]) -> bool:
        """Start the flow, in the trace of this call. A second start under the same id is no second execution.

        Step Functions itself takes a repeat with the same input while the execution runs. Its bucket:
        https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
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
            return not self._others_start or self._runs(request_id, request)
        return True

    def find(self, request_id: str) -> Execution | None:
        try:
            with execution_errors():
                found = self._client.describe_execution(executionArn=self._arn(request_id))
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return Execution(found["status"], found["input"], found.get("error"), found.get("cause"))

    def stop(self, request_id: str, error: str, cause: str) -> None:
        """Stop the flow. Without effect when it has ended."""
        try:
            with execution_errors():
                self._client.stop_execution(executionArn=self._arn(request_id), error=error, cause=cause)
        except (self._client.exceptions.ExecutionDoesNotExist, self._client.exceptions.ValidationException):
            # There is nothing to stop: it has ended, or its start was lost.
            return

    def _runs(self, request_id: str, request: Mapping[str, Any]) -> bool:
        """Return whether the execution with this name still runs. Raise NameTaken if it has another input.

        What Step Functions describes may lag behind what it starts:
        https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
        """
        found = self.find(request_id)
        if found is None:
            raise EndpointUnreachable(f"Step Functions does not say yet what runs under the name {request_id}")
        if not _is_same(found.input, request):
            raise NameTaken(f"The name {request_id} was taken by an execution that asks for something else")
        return not found.has_ended

    def _arn(self, request_id: str) -> str:
        return self._state_machine_arn.replace(":stateMachine:", ":execution:") + f":{request_id}"


def _is_same(text: str, request: Mapping[str, Any]) -> bool:
    """Return whether a text is the JSON of a request, whatever its order of keys and spelling of numbers."""
    try:
        return rfc8785.dumps(json.loads(text)) == rfc8785.dumps(dict(request))
    except (ValueError, RecursionError):  # an input that no request could have
        return False

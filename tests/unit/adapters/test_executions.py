"""The executions, by a real boto3 client against a receiver that plays the service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from greenroom.adapters.stepfunctions import StepFunctionsExecutions
from greenroom.domain.errors import EndpointUnreachable, ThrottlingException
from tests.support.examples import a_body
from tests.support.receiver import Answer, Receiver
from tests.unit.conftest import AwsClient

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:Greenroom"


def refusal(name: str, status: int = 400) -> Answer:
    return Answer(status, json.dumps({"__type": name, "message": name}).encode())


@pytest.fixture
def executions(aws_client: AwsClient) -> StepFunctionsExecutions:
    return StepFunctionsExecutions(aws_client("stepfunctions"), MACHINE)


def test_an_execution_is_named_by_its_request(executions: StepFunctionsExecutions, receiver: Receiver) -> None:
    receiver.will_answer(200, {"executionArn": "arn", "startDate": 0})
    executions.start("r", a_body())
    sent = json.loads(receiver.received[0].body)
    assert (sent["stateMachineArn"], sent["name"]) == (MACHINE, "r")
    assert json.loads(sent["input"]) == a_body()


def test_an_execution_goes_on_in_the_trace_of_the_call_that_starts_it(
    executions: StepFunctionsExecutions, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1"
    receiver.will_answer(200, {"executionArn": "arn", "startDate": 0})
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    executions.start("r", a_body())
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    executions.start("r", a_body())
    traced, untraced = (json.loads(got.body) for got in receiver.received)
    assert traced["traceHeader"] == trace
    assert "traceHeader" not in untraced


def test_a_second_start_is_no_error(executions: StepFunctionsExecutions, receiver: Receiver) -> None:
    receiver.answers = [refusal("ExecutionAlreadyExists")]
    executions.start("r", a_body())


def test_an_execution_is_stopped_by_its_arn(executions: StepFunctionsExecutions, receiver: Receiver) -> None:
    receiver.will_answer(200, {"stopDate": 0})
    executions.stop("r", "RequestCancelled", "By its owner")
    assert json.loads(receiver.received[0].body) == {
        "executionArn": "arn:aws:states:us-west-2:123456789012:execution:Greenroom:r",
        "error": "RequestCancelled",
        "cause": "By its owner",
    }


@pytest.mark.parametrize("name", ["ExecutionDoesNotExist", "ValidationException"])
def test_an_execution_that_is_not_there_is_stopped_already(
    name: str, executions: StepFunctionsExecutions, receiver: Receiver
) -> None:
    receiver.answers = [refusal(name)]
    executions.stop("r", "RequestCancelled", "By its owner")


@pytest.mark.parametrize("name", ["AccessDeniedException", "StateMachineDoesNotExist"])
def test_any_other_refusal_is_raised(name: str, executions: StepFunctionsExecutions, receiver: Receiver) -> None:
    receiver.answers = [refusal(name)]
    with pytest.raises(ClientError, match=name):
        executions.start("r", a_body())
    with pytest.raises(ClientError, match=name):
        executions.stop("r", "RequestCancelled", "By its owner")


WAITED_OUT = [
    (refusal("ThrottlingException"), ThrottlingException),
    (refusal("ExecutionLimitExceeded"), ThrottlingException),
    (refusal("KmsThrottlingException"), ThrottlingException),
    (refusal("ServiceUnavailable", 503), EndpointUnreachable),
    (Answer(502, b"<html>Bad Gateway</html>"), EndpointUnreachable),
]


@pytest.mark.parametrize(("answer", "error"), WAITED_OUT, ids=str)
def test_what_waiting_cures_is_raised_by_a_name_that_the_state_machine_waits_out(
    answer: Answer, error: type[Exception], executions: StepFunctionsExecutions, receiver: Receiver
) -> None:
    """Of botocore, all of these are `ClientError`, which no retrier names."""
    receiver.answers = [answer]
    with pytest.raises(error):
        executions.start("r", a_body())
    with pytest.raises(error):
        executions.stop("r", "RequestCancelled", "By its owner")


def test_a_service_that_does_not_answer_is_waited_for() -> None:
    client: Any = Session().create_client(
        "stepfunctions",
        region_name="us-west-2",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(EndpointUnreachable, match="Step Functions did not answer"):
        StepFunctionsExecutions(client, MACHINE).start("r", a_body())

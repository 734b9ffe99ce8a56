"""The executions, by a real boto3 client against a receiver that plays the service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from greenroom.adapters.stepfunctions import StepFunctionsExecutions
from greenroom.domain.errors import EndpointUnreachable, NameTaken, ThrottlingException
from greenroom.flow.executions import Execution
from tests.support.examples import a_body
from tests.support.receiver import Answer, Receiver
from tests.unit.conftest import AwsClient

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:Greenroom"


def refusal(name: str, status: int = 400) -> Answer:
    return Answer(status, json.dumps({"__type": name, "message": name}).encode())


@pytest.fixture
def executions(aws_client: AwsClient) -> StepFunctionsExecutions:
    return StepFunctionsExecutions(aws_client("stepfunctions"), MACHINE, others_start=True)


def described(status: str, given: str) -> Answer:
    return Answer(200, json.dumps({"executionArn": "arn", "status": status, "input": given}).encode())


def test_an_execution_is_named_by_its_request(executions: StepFunctionsExecutions, receiver: Receiver) -> None:
    receiver.will_answer(200, {"executionArn": "arn", "startDate": 0})
    assert executions.start("r", a_body())
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


SPELT_OTHERWISE = (
    '{ "sessionId": "session", "metadata": {"a": 1.50, "b": 2}, "studioId": "studio", "provider": "nimble" }'
)


@pytest.mark.parametrize(("status", "runs"), [("RUNNING", True), ("PENDING_REDRIVE", True), ("SUCCEEDED", False)])
def test_a_second_start_is_no_error_and_says_whether_the_first_has_ended(
    status: str,
    runs: bool,  # noqa: FBT001
    executions: StepFunctionsExecutions,
    receiver: Receiver,
) -> None:
    receiver.answers = [refusal("ExecutionAlreadyExists"), described(status, SPELT_OTHERWISE)]
    assert executions.start("r", a_body(metadata={"a": 1.5, "b": 2.0})) is runs
    asked = json.loads(receiver.received[1].body)
    assert asked == {"executionArn": "arn:aws:states:us-west-2:123456789012:execution:Greenroom:r"}


OTHER = json.dumps(a_body(metadata={"ticket": "B"}))
STRANGERS = [OTHER, "{}", "[]", '"text"', '{"renew": "r"}', "1e999", "[" * 90_000]


@pytest.mark.parametrize("status", ["RUNNING", "FAILED"])
@pytest.mark.parametrize("given", STRANGERS, ids=lambda text: text[:20])
def test_a_name_that_somebody_else_s_execution_has_is_taken(
    given: str, status: str, executions: StepFunctionsExecutions, receiver: Receiver
) -> None:
    receiver.answers = [refusal("ExecutionAlreadyExists"), described(status, given)]
    with pytest.raises(NameTaken, match="The name r was taken"):
        executions.start("r", a_body())


def test_a_name_of_which_step_functions_does_not_tell_yet_is_asked_for_again(
    executions: StepFunctionsExecutions, receiver: Receiver
) -> None:
    receiver.answers = [refusal("ExecutionAlreadyExists"), refusal("ExecutionDoesNotExist")]
    with pytest.raises(EndpointUnreachable, match="does not say yet"):
        executions.start("r", a_body())


def test_where_nobody_else_starts_executions_a_name_is_nobody_else_s(aws_client: AwsClient, receiver: Receiver) -> None:
    receiver.answers = [refusal("ExecutionAlreadyExists")]
    assert StepFunctionsExecutions(aws_client("stepfunctions"), MACHINE).start("batch", {"batch": "batch"})


def test_an_execution_is_found_with_what_became_of_it(executions: StepFunctionsExecutions, receiver: Receiver) -> None:
    found = {"executionArn": "arn", "status": "FAILED", "input": "{}", "error": "E", "cause": "because"}
    receiver.answers = [Answer(200, json.dumps(found).encode()), refusal("ExecutionDoesNotExist")]
    assert executions.find("r") == Execution("FAILED", "{}", "E", "because")
    assert executions.find("r") is None


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

"""What is larger than a service carries is refused on the virtual clock, as AWS refuses it."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from sfnx.testing import Failure

from simulation import payloads
from simulation.deployment import Functions
from simulation.machine import Execution, Machine, on_virtual_time
from simulation.payloads import EVENT_BYTES, MIB, QUEUE_BYTES, STATE_BYTES, TOPIC_BYTES, take
from simulation.scheduler import Scheduler
from simulation.wire import answered

SEEDED = partial(random.Random, 1)
ARN = "arn:aws:sns:us-west-2:123456789012:topic"


def run(given: Any, result: Any, **fields: Any) -> Execution:
    """Run one Task that is given the execution's input, and gives a result; `ended`: where a Catch leads."""
    task = {"Type": "Task", "Resource": "x", "Arguments": "{% $states.input %}", "Next": "ended", **fields}
    states = {"task": task, "ended": {"Type": "Succeed", "Output": "{% $type($states.input) %}"}}
    definition = {"QueryLanguage": "JSONata", "StartAt": "task", "States": states}
    scheduler = Scheduler()
    with scheduler.running(), on_virtual_time():
        return Machine(definition, scheduler, lambda _: result, SEEDED()).execute("e", given)


def a_text(bytes_: int) -> str:
    """Make a text of so many bytes as JSON, with its quotes."""
    return "x" * (bytes_ - 2)


@pytest.mark.parametrize("over", [0, 1])
def test_a_state_takes_and_gives_256_kib_and_no_byte_more(over: int) -> None:
    expected = "States.DataLimitExceeded" if over else None
    assert run(a_text(STATE_BYTES + over), "small").error == expected
    assert run("small", a_text(STATE_BYTES + over)).error == expected
    assert run("small", "ü" * (STATE_BYTES // 2 - 1 + over)).error == expected
    assert run("small", "small", Assign={"kept": f"{{% $pad('', {STATE_BYTES - 2 + over}, '#') %}}"}).error == expected


@pytest.mark.parametrize(("errors", "is_caught"), [(["States.ALL"], False), (["States.DataLimitExceeded"], True)])
def test_what_is_too_large_is_caught_by_its_own_name_only(errors: list[str], is_caught: bool) -> None:  # noqa: FBT001
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]
    ended = run("small", a_text(STATE_BYTES + 1), Catch=[{"ErrorEquals": errors, "Next": "ended"}], Retry=retry)
    assert (ended.error is None) == is_caught
    assert ended.retries == 0


@pytest.mark.parametrize(
    ("event", "result", "error"),
    [
        (a_text(payloads.FUNCTION_BYTES), a_text(payloads.RESULT_BYTES), None),
        (a_text(payloads.FUNCTION_BYTES + 1), "", "Lambda.RequestTooLargeException"),
        ("", a_text(payloads.RESULT_BYTES + 1), "Function.ResponseSizeTooLarge"),
    ],
    ids=["both as large as may be", "the event", "the result"],
)
def test_a_function_takes_and_gives_6_mb(event: str, result: str, error: str | None) -> None:
    functions = Functions({"F": lambda _: result}, Scheduler(), 1, SEEDED())
    found = None
    try:
        functions.call("F", event)
    except Failure as failure:
        found = failure.error
    assert found == error


@pytest.mark.parametrize(
    ("service", "operation", "request_", "limit"),
    [
        ("sqs", "SendMessage", lambda text: {"QueueUrl": "https://sqs.us-west-2/q", "MessageBody": text}, QUEUE_BYTES),
        ("sns", "Publish", lambda text: {"TopicArn": ARN, "Message": text}, TOPIC_BYTES),
        (
            "events",
            "PutEvents",
            lambda text: {"Entries": [{"Source": "s", "DetailType": "d", "Detail": text[2:]}]},
            EVENT_BYTES,
        ),
    ],
    ids=["sqs", "sns", "events"],
)
def test_a_message_is_taken_up_to_its_limit(service: str, operation: str, request_: Any, limit: int) -> None:
    with answered(dict.fromkeys(("sqs", "sns", "eventbridge"), take)):
        client: Any = Session().create_client(
            service,
            "us-west-2",
            aws_access_key_id="a",
            aws_secret_access_key="b",  # noqa: S106
        )
    client._make_api_call(operation, request_("x" * limit))  # noqa: SLF001  # by the operation's own name
    with pytest.raises(ClientError):
        client._make_api_call(operation, request_("x" * (limit + 1)))  # noqa: SLF001


def test_the_limit_of_step_functions_is_that_of_botocore_s_model() -> None:
    shape: Any = Session().get_service_model("stepfunctions").operation_model("StartExecution").input_shape
    assert shape.members["input"].metadata["max"] == STATE_BYTES


def test_the_limit_of_a_queue_is_that_of_botocore_s_documentation() -> None:
    shape: Any = Session().get_service_model("sqs").operation_model("SendMessage").input_shape
    assert f"{MIB:,} bytes" in shape.members["MessageBody"].documentation
    assert QUEUE_BYTES == MIB

"""The name and the text of an error, found again in what Step Functions caught."""

from __future__ import annotations

import json

import pytest

from greenroom.domain.errors import ServiceFailed, ServiceRefused, own_error

NO_SESSION = ("ResourceNotFoundException", "No session s (GetStreamingSession, status 404)")


def wrapped(message: str) -> str:
    """Write an exception's text as Lambda does for Step Functions."""
    return json.dumps({"errorMessage": message, "errorType": "E", "requestId": "r", "stackTrace": ["secret.py"]})


@pytest.mark.parametrize("kind", [ServiceRefused, ServiceFailed])
def test_what_the_service_named_keeps_the_service_s_name(kind: type[ServiceRefused | ServiceFailed]) -> None:
    error = kind(*NO_SESSION)
    assert (error.name, str(error)) == (NO_SESSION[0], ": ".join(NO_SESSION))
    assert own_error(kind.__name__, wrapped(str(error))) == NO_SESSION


def test_it_is_found_in_a_text_that_nothing_wraps() -> None:
    assert own_error("ServiceRefused", ": ".join(NO_SESSION)) == NO_SESSION


def test_only_the_first_name_is_taken_off() -> None:
    cause = wrapped("ValidationException: clientToken: must be text\nand short")
    assert own_error("ServiceRefused", cause) == ("ValidationException", "clientToken: must be text\nand short")


def test_a_service_may_name_its_errors_with_dots() -> None:
    assert own_error("ServiceFailed", "Server.InternalError: again") == ("Server.InternalError", "again")


@pytest.mark.parametrize(
    "error", ["ThrottlingException", "EndpointUnreachable", "DeadlineExceeded", "KeyError", "States.TaskFailed", ""]
)
def test_any_other_error_keeps_its_own_name_and_all_of_its_text(error: str) -> None:
    assert own_error(error, wrapped("Error: it broke")) == (error, "Error: it broke")
    assert own_error(error, "Error: it broke") == (error, "Error: it broke")


@pytest.mark.parametrize(
    "text", ["", "no name", "no-name: text", "9lives: text", ": text", "two words: text", "é: text"]
)
def test_a_service_s_error_without_a_name_keeps_ours(text: str) -> None:
    assert own_error("ServiceRefused", text) == ("ServiceRefused", text)


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (json.dumps({"errorMessage": "No stream", "errorType": "StreamFailed", "stackTrace": []}), "No stream"),
        (json.dumps({"errorMessage": "é"}), "é"),
        (json.dumps({"errorMessage": wrapped("inner")}), wrapped("inner")),
        (json.dumps({"errorType": "Unnamed"}), '{"errorType": "Unnamed"}'),
        (
            "RequestId: 1 Error: Task timed out after 30.00 seconds",
            "RequestId: 1 Error: Task timed out after 30.00 seconds",
        ),
        ('["errorMessage"]', '["errorMessage"]'),
        ("42", "42"),
        ("{", "{"),
        ("", ""),
    ],
    ids=[
        "wrapped",
        "wrapped, not ASCII",
        "wrapped twice",
        "no message",
        "plain",
        "array",
        "number",
        "half JSON",
        "empty",
    ],
)
def test_the_part_for_people_is_taken_out_of_a_lambda_error(cause: str, message: str) -> None:
    assert own_error("StreamFailed", cause) == ("StreamFailed", message)

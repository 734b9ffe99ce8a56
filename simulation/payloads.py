"""The largest payloads of the services that carry them, in bytes of UTF-8, and how each refuses a larger one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel
from sfnx.testing import Failure

from simulation.wire import Answer, answer

KIB, MIB = 1024, 1024 * 1024
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: an input, an output, a variable.
STATE_BYTES = 256 * KIB
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
FUNCTION_BYTES = 6 * MIB
# Lambda's own message names 100 bytes more for a result: "exceeded maximum allowed payload size (6291556 bytes)".
RESULT_BYTES = FUNCTION_BYTES + 100
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
QUEUE_BYTES = MIB
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
TOPIC_BYTES = 256 * KIB
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
EVENT_BYTES = 256 * KIB


def length(value: Any) -> int:
    """Return the bytes of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def check_state(*values: Any) -> None:
    """Raise States.DataLimitExceeded for what is more than a state may take or give."""
    if any(length(value) > STATE_BYTES for value in values):
        raise Failure("States.DataLimitExceeded", f"The data is larger than {STATE_BYTES} bytes")


def check_event(event: Any) -> None:
    if length(event) > FUNCTION_BYTES:
        raise Failure("Lambda.RequestTooLargeException", f"The event is larger than {FUNCTION_BYTES} bytes")


def check_result(result: Any) -> None:
    if length(result) > RESULT_BYTES:
        raise Failure("Function.ResponseSizeTooLarge", f"exceeded maximum allowed payload size ({RESULT_BYTES} bytes)")


def take(model: OperationModel, params: Mapping[str, Any]) -> Answer:
    """Take a message that nobody reads, or refuse it as too large."""
    service = model.service_model.service_name
    body = params["body"] if isinstance(params["body"], Mapping) else json.loads(params["body"] or b"{}")
    match service:
        case "sqs" if _bytes(body.get("MessageBody")) > QUEUE_BYTES:
            return _refused("InvalidParameterValue")
        case "sns" if _bytes(body.get("Message")) > TOPIC_BYTES:
            return _refused("InvalidParameter")
        case "events" if any(_entry_bytes(entry) > EVENT_BYTES for entry in body["Entries"]):
            return _refused("ValidationException")
    return answer({})


def _bytes(text: str | None) -> int:
    return len((text or "").encode())


def _entry_bytes(entry: Mapping[str, Any]) -> int:
    return sum(_bytes(entry.get(name)) for name in ("Source", "DetailType", "Detail")) + (14 if "Time" in entry else 0)


def _refused(code: str) -> Answer:
    return answer({"Error": {"Code": code, "Message": "The message is too large"}}, 400)

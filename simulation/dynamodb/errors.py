"""The errors of DynamoDB, by its own names."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from simulation.wire import Answer


class DynamoDbError(Exception):
    """An error as DynamoDB answers it: `code`, and members beside the message."""

    def __init__(self, code: str, message: str, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = dict(members or {})


def invalid(message: str) -> DynamoDbError:
    return DynamoDbError("ValidationException", message)


def refusal(error: DynamoDbError) -> Answer:
    """Return what botocore makes of an answer with this error."""
    status = 500 if error.code == "InternalServerError" else 400
    named = {"Error": {"Code": error.code, "Message": error.message}, "message": error.message}
    return response(status), {**named, **error.members, "ResponseMetadata": metadata(status)}


def response(status: int) -> Any:
    return SimpleNamespace(status_code=status, headers={})


def metadata(status: int) -> dict[str, Any]:
    return {"HTTPStatusCode": status, "RequestId": "virtual", "HTTPHeaders": {}, "RetryAttempts": 0}

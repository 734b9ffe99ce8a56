"""The errors of DynamoDB, by its own names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DynamoDbError(Exception):
    """An error as DynamoDB answers it: `code`, and members beside the message."""

    def __init__(self, code: str, message: str, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = dict(members or {})


def invalid(message: str) -> DynamoDbError:
    return DynamoDbError("ValidationException", message)

"""The one shape of the functions that follow the changes of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from greenroom.observability import about, logged, logger
from greenroom.record.attribute_values import from_item

Values = Mapping[str, Any]
Handle = Callable[[Values, Values], None]
"""Handles the item as it was, and as it is, in plain values."""
About = Callable[[str], AbstractContextManager[None]]
"""Names what an item's id stands for, in each line that is logged meanwhile."""


def changes(handle: Handle, about: About = about) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Make a handler that handles each change of a batch in order, up to the first one that fails.

    Lambda then comes again with that one and those after it. When it fails as the first of its batch, the function
    itself fails, so that its errors count:
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

    @logged
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
        for number, record in enumerate(event["Records"]):
            change = record["dynamodb"]
            with about(change["Keys"]["id"]["S"]):
                try:
                    handle(from_item(change.get("OldImage", {})), from_item(change.get("NewImage", {})))
                except Exception:
                    logger.exception(f"{handle.__name__} raised an error")
                    if not number:
                        raise
                    return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
        return {"batchItemFailures": []}

    return handler

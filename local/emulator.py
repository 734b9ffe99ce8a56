"""`python -m local.emulator`: ministack, which tells IAM what an update of DynamoDB names, too.

ministack fills `dynamodb:Attributes` for reads alone. DynamoDB does for updates as well:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core import iam_actions

_WORDS = re.compile(r"(?<![.:#\w])(#\w+|[A-Za-z_]\w*)")
# What an expression has besides names of attributes.
_OURS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
_FUNCTIONS = {"if_not_exists", "list_append", "attribute_exists", "attribute_not_exists", "begins_with", "contains"}


def context_of_an_update(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition keys of an UpdateItem: the top-level attributes that it names, and what it returns."""
    placeholders = request.get("ExpressionAttributeNames") or {}
    text = " ".join(request.get(name) or "" for name in ("UpdateExpression", "ConditionExpression"))
    words = set(_WORDS.findall(text)) - _FUNCTIONS
    named = {placeholders.get(word, word) for word in words if word.upper() not in _OURS}
    legacy = {name for part in ("AttributeUpdates", "Expected") for name in request.get(part) or {}}
    return {
        "dynamodb:Attributes": sorted(named | legacy | set(request["Key"])),
        "dynamodb:ReturnValues": request.get("ReturnValues", "NONE"),
    }


def main() -> None:
    of_a_read = iam_actions.dynamodb_service_context

    def context(body: bytes) -> dict[str, Any]:
        found: dict[str, Any] = of_a_read(body)
        try:
            request = json.loads(body)
        except ValueError:
            return found
        is_update = isinstance(request, dict) and {"UpdateExpression", "AttributeUpdates"} & request.keys()
        return found | context_of_an_update(request) if is_update else found

    iam_actions.dynamodb_service_context = context
    app.main()


if __name__ == "__main__":
    main()

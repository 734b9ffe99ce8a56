"""Hold what is on the wire against the broker's published API, as `local/simulator/dcv/openapi.json` has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "local" / "simulator" / "dcv" / "openapi.json").read_text()
)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def broken_by_request(method: str, path: str, *, body: Any = None, form: Mapping[str, str] | None = None) -> list[str]:
    """Return the rules that a request breaks; `path` with its query, as it is sent."""
    operation = _operation(method, path)
    content = operation.get("requestBody", {}).get("content", {})
    kind, value = (FORM, form) if form is not None else (JSON, body)
    if value is None:
        return ["a body is required"] if operation.get("requestBody", {}).get("required") else []
    if kind not in content:
        return [f"a body of type {kind} is not of this operation"]
    return list(_broken(content[kind]["schema"], value))


def broken_by_answer(method: str, path: str, *, status: int, body: Any) -> list[str]:
    """Return the rules that an answer breaks."""
    responses = _operation(method, path)["responses"]
    response = responses.get(str(status)) or (responses["default"] if status >= 400 else None)
    if response is None:
        return [f"status {status} is not of this operation"]
    if reference := response.get("$ref"):
        response = DOCUMENT["components"]["responses"][reference.rpartition("/")[2]]
    return list(_broken(response["content"][JSON]["schema"], body))


def _operation(method: str, path: str) -> dict[str, Any]:
    """Find the operation by the percent-encoded path, in which a slash inside a name is no slash."""
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path.partition("?")[0]):
            operation: dict[str, Any] = operations[method.lower()]
            return operation
    raise LookupError(f"no operation at {method} {path}")


def _broken(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    for error in Draft202012Validator(whole).iter_errors(value):
        yield f"{error.json_path}: {error.message}"

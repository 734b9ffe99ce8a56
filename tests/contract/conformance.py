"""Hold what is on the wire against botocore's own service models: rest-json and JSON 1.1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sized
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from tests.contract.support import Client

_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "timestamp": (int, float),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
}
# Of JSON 1.1: errors that every service may answer, and that no model has, with their status.
_COMMON_ERRORS = {
    "AccessDeniedException": 400,
    "InternalFailure": 500,
    "SerializationException": 400,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "ValidationException": 400,
}


class Witness:
    """Sees every answer that a client gets, and collects what in it is not as the service model says."""

    def __init__(self, client: Client) -> None:
        self._model = client.meta.service_model
        self._violations: list[str] = []
        self.last_body = b""
        client.meta.events.register(f"response-received.{self._model.service_id.hyphenize()}", self._see)

    def take(self) -> list[str]:
        """Return the violations since the last time, and forget them."""
        taken, self._violations = self._violations, []
        return taken

    def _see(self, response_dict: Mapping[str, Any] | None, event_name: str, **_: object) -> None:
        if response_dict is not None:
            operation = self._model.operation_model(event_name.rpartition(".")[2])
            self.last_body = response_dict["body"]
            self._violations += violations(operation, response_dict)


def violations(operation: OperationModel, answer: Mapping[str, Any]) -> Iterator[str]:
    """Say what in an answer (`status_code`, `headers`, `body`) is not as the operation's model says."""
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    speaks_json11 = "targetPrefix" in operation.service_model.metadata
    status, body = answer["status_code"], answer["body"]
    if status == 204:
        yield from ["a 204 with a body"] if body or "content-type" in headers else []
        yield from [] if operation.http["responseCode"] == 204 else ["status 204"]
        return
    if headers["content-type"] != ("application/x-amz-json-1.1" if speaks_json11 else "application/json"):
        yield f"content type {headers['content-type']}"
    try:
        parsed = json.loads(body)
    except ValueError:
        yield "the body is not JSON"
        return
    name = parsed.pop("__type", None) if speaks_json11 else headers.get("x-amzn-errortype")
    if name:
        yield from _error(operation, name, status, parsed)
        return
    if status != (expected := operation.http.get("responseCode", 200)):
        yield f"status {status}, not {expected}"
    yield from _value(operation.output_shape, parsed, operation.name)


def _error(operation: OperationModel, name: str, status: int, body: dict[str, Any]) -> Iterator[str]:
    shapes = {shape.name: shape for shape in operation.error_shapes}
    if name in shapes:
        expected = shapes[name].metadata["error"]["httpStatusCode"]
        yield from _value(shapes[name], body, name)
    elif "targetPrefix" in operation.service_model.metadata and name in _COMMON_ERRORS:
        expected = _COMMON_ERRORS[name]
        yield from [] if body.keys() == {"message"} else [f"{name} has members {', '.join(body)}"]
    else:
        yield f"{operation.name} has no error {name}"
        return
    if status != expected:
        yield f"status {status} of {name}, not {expected}"


def _value(shape: Any, value: object, path: str) -> Iterator[str]:
    match shape:
        case StructureShape() if isinstance(value, dict):
            yield from (f"{path}.{name} is unknown" for name in value.keys() - shape.members.keys())
            yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
            for name in value.keys() & shape.members.keys():
                yield from _value(shape.members[name], value[name], f"{path}.{name}")
        case MapShape() if isinstance(value, dict):
            for key, item in value.items():
                yield from _value(shape.key, key, f"{path} key")
                yield from _value(shape.value, item, f"{path}.{key}")
        case ListShape() if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _value(shape.member, item, f"{path}[{index}]")
        case _ if shape.type_name == "timestamp" and shape.serialization.get("timestampFormat") == "iso8601":
            yield from [] if _ISO_8601.fullmatch(str(value)) else [f"{path} is no ISO 8601 time"]
        case _ if type(value) not in _SCALARS.get(shape.type_name, ()):
            yield f"{path} is not a {shape.type_name}"
        case StringShape() if shape.enum and value not in shape.enum:
            yield f"{path} is {value}, which its enum lacks"
        case _:
            yield from _limits(shape, value, path)


def _limits(shape: Shape, value: object, path: str) -> Iterator[str]:
    least, most, pattern = (shape.metadata.get(rule) for rule in ("min", "max", "pattern"))
    size: Any = len(value) if isinstance(value, Sized) else value
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{path} is not within {least} and {most}"
    if pattern and not re.fullmatch(pattern, str(value)):
        yield f"{path} is not {pattern}"

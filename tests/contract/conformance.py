"""Hold what is on the wire against botocore's own service model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from tests.contract.support import NimbleClient

_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SCALARS: dict[str, type] = {"string": str, "timestamp": str, "integer": int, "boolean": bool}


class Witness:
    """Sees every answer that a client gets, and collects what in it is not as the service model says."""

    def __init__(self, client: NimbleClient) -> None:
        self._model = client.meta.service_model
        self._violations: list[str] = []
        client.meta.events.register("response-received.nimble", self._see)

    def take(self) -> list[str]:
        """Return the violations since the last time, and forget them."""
        taken, self._violations = self._violations, []
        return taken

    def _see(self, response_dict: Mapping[str, Any] | None, event_name: str, **_: object) -> None:
        if response_dict is not None:
            operation = self._model.operation_model(event_name.rpartition(".")[2])
            self._violations += _answer(operation, response_dict)


def _answer(operation: OperationModel, answer: Mapping[str, Any]) -> Iterator[str]:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    if headers["content-type"] != "application/json":
        yield f"content type {headers['content-type']}"
    shape: Any = operation.output_shape
    status = operation.http["responseCode"]
    if "x-amzn-errortype" in headers:
        errors = {error.name: error for error in operation.error_shapes}
        shape = errors[headers["x-amzn-errortype"]]
        status = shape.metadata["error"]["httpStatusCode"]
    if answer["status_code"] != status:
        yield f"status {answer['status_code']}, not {status}"
    try:
        body = json.loads(answer["body"])
    except ValueError:
        yield "the body is not JSON"
    else:
        yield from _value(shape, body, operation.name)


def _value(shape: Shape, value: object, path: str) -> Iterator[str]:
    match shape:
        case StructureShape() if isinstance(value, dict):
            yield from (f"{path}.{name} is unknown" for name in value.keys() - shape.members.keys())
            for name in value.keys() & shape.members.keys():
                yield from _value(shape.members[name], value[name], f"{path}.{name}")
        case MapShape() if isinstance(value, dict):
            for key, item in value.items():
                yield from _value(shape.key, key, f"{path} key")
                yield from _value(shape.value, item, f"{path}.{key}")
        case ListShape() if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _value(shape.member, item, f"{path}[{index}]")
        case _ if type(value) is not _SCALARS.get(shape.type_name):
            yield f"{path} is not a {shape.type_name}"
        case StringShape() if shape.enum and value not in shape.enum:
            yield f"{path} is {value}, which its enum lacks"
        case _ if shape.type_name == "timestamp" and not _ISO_8601.fullmatch(str(value)):
            yield f"{path} is no ISO 8601 time"

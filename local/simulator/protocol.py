"""Nimble Studio's wire protocol (rest-json), read from the service model that botocore loads.

moto parses and serialises by that model; what moto leaves lenient (unknown types, the model's limits) is strict here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from uuid import uuid4

from botocore.validate import ParamValidator
from moto.core.errors import ErrorShape
from moto.core.model import OperationModel, StructureShape
from moto.core.parse import RequestDict, RestJSONParser
from moto.core.serialize import ResponseSerializer, RestJSONSerializer, Serialized
from moto.core.utils import get_service_model
from werkzeug import Request, Response
from werkzeug.routing import Rule

from local.simulator.errors import NimbleError

MODEL = get_service_model("nimble")
OPERATIONS = frozenset(MODEL.operation_names)
ERRORS = frozenset(shape.name for shape in MODEL.error_shapes)


def rules() -> Iterator[Rule]:
    """One route for each operation of the model; its endpoint is the operation's name.

    Match them against the percent-encoded path, so that a slash inside an id stays inside it.
    """
    for name in MODEL.operation_names:
        http = MODEL.operation_model(name).http
        yield Rule(re.sub(r"{(\w+)}", r"<\1>", http["requestUri"]), methods=[http["method"]], endpoint=name)


class _Parser(RestJSONParser):
    """moto's parser without its guesses: a body must be a JSON object, and values keep the type they came with."""

    def _initial_body_parse(self, body_contents: bytes) -> dict[str, Any]:
        body = json.loads(body_contents or b"{}")
        if not isinstance(body, dict):
            raise TypeError("not a JSON object")
        members = _input_shape(self.operation_model).members
        return {k: v for k, v in body.items() if k in members and "location" not in members[k].serialization}

    def _parse_integer(self, _shape: object, value: object) -> object:
        return value


class _Serializer(RestJSONSerializer):
    """moto's serializer, with the modelled members only in an error's body; its name is in `x-amzn-ErrorType`."""

    def _serialize_error_metadata(self, serialized: Serialized, error: Exception, shape: ErrorShape) -> None:
        self._serialize(serialized, error, shape, "")


def parse(operation: str, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """Read the operation's input, valid by its model; `labels` are the path's, decoded. Raises ValidationException."""
    model = MODEL.operation_model(operation)
    source = RequestDict(
        body=request.get_data(),
        headers=request.headers,
        method=request.method,
        url_params=dict(labels),
        url_path=request.path,
        values=request.args,
    )
    try:
        parameters: dict[str, Any] = _Parser(model).parse(source)
    except (ValueError, TypeError) as problem:
        raise NimbleError("ValidationException", f"the body is not a JSON object: {problem}") from problem
    problems = list(_broken_rules(parameters, _input_shape(model)))
    if problems:
        raise NimbleError("ValidationException", "; ".join(problems))
    return parameters


def serialise(operation: str, result: Mapping[str, object] | NimbleError) -> Response:
    """Write the operation's output, or the modelled error with its status."""
    serializer: ResponseSerializer = _Serializer(MODEL.operation_model(operation))
    answer = serializer.serialize(result)
    return Response(answer["body"], answer["status_code"], {**answer["headers"], "x-amzn-RequestId": str(uuid4())})


def _input_shape(model: OperationModel) -> StructureShape:
    return cast("StructureShape", model.input_shape)


def _broken_rules(parameters: Mapping[str, Any], shape: StructureShape) -> Iterator[str]:
    """Let botocore check types, required members and minima; check maxima and enums of the (flat) inputs here."""
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        yield from report.generate_report().splitlines()
    for name, value in parameters.items():
        member = shape.members[name]
        size = len(value) if isinstance(value, str) else value
        limit = member.metadata.get("max")
        if limit is not None and isinstance(size, int) and size > limit:
            yield f"Invalid value for parameter {name}: {size} is more than the maximum {limit}"
        choices = member.metadata.get("enum")
        if choices and value not in choices:
            yield f"Invalid value for parameter {name}: must be one of {', '.join(choices)}"

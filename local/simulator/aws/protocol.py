"""The wire protocols of AWS, read from the service model that botocore loads.

moto parses and serialises by that model; what moto leaves lenient (types, the model's limits) is strict here.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import uuid4

from moto.core.model import OperationModel, StructureShape
from moto.core.parse import RequestDict, RequestParser
from moto.core.serialize import ResponseSerializer
from moto.core.utils import get_service_model
from werkzeug import Request, Response

from local.simulator.aws.errors import ServiceError
from local.simulator.aws.rules import broken_rules

Parameters = dict[str, Any]


class AwsProtocol(ABC):
    """One service's model behind one protocol. `common_errors`: status by name, for those that no model lists."""

    common_errors: ClassVar[Mapping[str, int]] = {}
    unreadable_body: ClassVar[str]
    parser: ClassVar[type[RequestParser]]
    serializer: ClassVar[type[ResponseSerializer]]

    def __init__(self, service: str) -> None:
        self.model = get_service_model(service)
        self.operations = frozenset(self.model.operation_names)
        self._errors = {shape.name: shape for shape in self.model.error_shapes}
        self.errors = frozenset(self._errors) | frozenset(self.common_errors)

    @abstractmethod
    def operation(self, request: Request) -> tuple[str, dict[str, str]] | Response:
        """Tell the operation, and the labels of its path, decoded; or answer a request that is for none."""

    @abstractmethod
    def error(self, name: str, body: dict[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        """Put the error's name where the protocol has it. Returns its body and headers."""

    @property
    @abstractmethod
    def content_type(self) -> str: ...

    def read(self, operation: str, request: Request, labels: Mapping[str, str]) -> Parameters:
        """Read the operation's input; no rule of the model is checked yet. ServiceError: the body cannot be read."""
        source = RequestDict(
            body=request.get_data(),
            headers=request.headers,
            method=request.method,
            url_params=dict(labels),
            url_path=request.path,
            values=request.args,
        )
        try:
            return self.parser(self.model.operation_model(operation)).parse(source)
        except (ValueError, TypeError):
            raise ServiceError(self.unreadable_body, "the body is not a JSON object") from None

    def check(self, operation: str, parameters: Parameters) -> None:
        """Hold an input against the model. Raises ServiceError, a ValidationException."""
        if problems := broken_rules(parameters, input_shape(self.model.operation_model(operation))):
            raise ServiceError("ValidationException", "; ".join(problems))

    def serialise(self, operation: str, result: Mapping[str, object]) -> Response:
        """Write the operation's output."""
        answer = self.serializer(self.model.operation_model(operation)).serialize(result)
        status = answer["status_code"]
        return self._response("" if status == 204 else answer["body"], status)

    def serialise_error(self, error: ServiceError) -> Response:
        """Write an error with its status: its shape's members and no others, by the spelling of the model."""
        shape = self._errors.get(error.name)
        members = {"code": error.name, "message": error.message, "Message": error.message, "context": {}}
        known = cast("StructureShape", shape).members if shape else {"message"}
        body, headers = self.error(
            error.name, {name: value for name, value in (members | error.members).items() if name in known}
        )
        status = shape.metadata["error"]["httpStatusCode"] if shape else self.common_errors[error.name]
        return self._response(json.dumps(body), status, headers)

    def _response(self, body: str | bytes, status: int, headers: Mapping[str, str] | None = None) -> Response:
        content = {"Content-Type": self.content_type} if body else {}
        response = Response(body, status, {**content, **(headers or {}), "x-amzn-RequestId": str(uuid4())})
        if not body:
            del response.headers["Content-Type"]
        return response


class StrictParser(RequestParser):
    """moto's parser without its guesses: the body is a JSON object, and values keep the type they came with."""

    def _parse_body_as_json(self, body: bytes) -> dict[str, Any]:
        parsed = json.loads(body or b"{}")
        if not isinstance(parsed, dict):
            raise TypeError("not a JSON object")
        members = input_shape(self.operation_model).members
        return {k: v for k, v in parsed.items() if k in members and "location" not in members[k].serialization}

    def _parse_shape(self, shape: Any, value: Any) -> Any:
        containers: dict[str, type] = {"structure": dict, "map": dict, "list": list}
        if isinstance(value, containers.get(shape.type_name, ())):
            return super()._parse_shape(shape, value)  # type: ignore[no-untyped-call]
        if shape.type_name == "integer" and shape.serialization.get("location") == "querystring" and value.isdecimal():
            return int(value)
        return value


def input_shape(model: OperationModel) -> StructureShape:
    return cast("StructureShape", model.input_shape)

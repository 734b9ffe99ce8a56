"""AWS's protocol JSON 1.1: a header names the operation, and the body's `__type` the error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from moto.core.parse import JSONParser
from moto.core.serialize import JSONSerializer
from werkzeug import Request, Response

from local.simulator.aws.errors import ServiceError
from local.simulator.aws.protocol import AwsProtocol, StrictParser


class _Parser(StrictParser, JSONParser):
    pass


class Json11(AwsProtocol):
    """Every call is `POST /` with `X-Amz-Target: {targetPrefix}.{operation}`."""

    # https://docs.aws.amazon.com/appstream2/latest/APIReference/CommonErrors.html and what the protocol itself has
    common_errors: ClassVar[Mapping[str, int]] = {
        "AccessDeniedException": 400,
        "ExpiredTokenException": 400,
        "InternalFailure": 500,
        "SerializationException": 400,
        "ServiceUnavailable": 503,
        "ThrottlingException": 400,
        "UnknownOperationException": 400,
        "UnrecognizedClientException": 400,
        "ValidationException": 400,
    }
    content_type = "application/x-amz-json-1.1"
    unreadable_body = "SerializationException"
    parser = _Parser
    serializer = JSONSerializer

    def operation(self, request: Request) -> tuple[str, dict[str, str]] | Response:
        """415 for CBOR, which the model lists first and this does not speak: no client of ours sends it unasked."""
        spoken = request.headers.get("smithy-protocol") or request.mimetype
        if "cbor" in spoken:
            text = f"this simulator speaks JSON 1.1 (X-Amz-Target), and was sent {spoken}: set the client to JSON\n"
            return Response(text, 415, content_type="text/plain; charset=utf-8")
        prefix, _, name = request.headers.get("X-Amz-Target", "").partition(".")
        if request.method == "POST" and prefix == self.model.metadata["targetPrefix"] and name in self.operations:
            return name, {}
        message = f"no operation at {request.method} {request.path} with this X-Amz-Target"
        return self.serialise_error(ServiceError("UnknownOperationException", message))

    def error(self, name: str, body: dict[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        return {"__type": name, **body}, {}

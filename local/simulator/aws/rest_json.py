"""AWS's protocol rest-json: the method and path name the operation, and a header the error."""

from __future__ import annotations

import json
import re

from moto.core.parse import RestJSONParser
from moto.core.serialize import RestJSONSerializer
from werkzeug import Request, Response
from werkzeug.routing import Rule

from local.simulator.aws.protocol import AwsProtocol, StrictParser
from local.simulator.core.routes import Routes


class _Parser(StrictParser, RestJSONParser):
    pass


class RestJson(AwsProtocol):
    """One route for each operation of the model."""

    content_type = "application/json"
    unreadable_body = "ValidationException"
    parser = _Parser
    serializer = RestJSONSerializer

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self._routes = Routes(self._rule(name) for name in self.model.operation_names)

    def operation(self, request: Request) -> tuple[str, dict[str, str]] | Response:
        """404, as AWS answers a method and path that no operation of the service has."""
        if found := self._routes.match(request):
            return found
        body = json.dumps({"message": f"no operation at {request.method} {request.path}"})
        headers = {"x-amzn-ErrorType": "UnknownOperationException", "Content-Type": self.content_type}
        return Response(body, 404, headers)

    def error(self, name: str, body: dict[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        return body, {"x-amzn-ErrorType": name}

    def _rule(self, name: str) -> Rule:
        http = self.model.operation_model(name).http
        return Rule(re.sub(r"{(\w+)}", r"<\1>", http["requestUri"]), methods=[http["method"]], endpoint=name)

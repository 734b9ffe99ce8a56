"""API Gateway: the REST API of a template, with the limits of its stage."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from simulation.aws.lambdas import Lambdas
from simulation.scheduler import Scheduler
from simulation.template import Template
from simulation.token_bucket import TokenBucket

_STAGE = "v1"


class RestApi:
    """Calls the function of the API. `refused`: how many calls the stage has not let in.

    Each method of each resource has a bucket of its own:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """

    def __init__(self, template: Template, lambdas: Lambdas, scheduler: Scheduler) -> None:
        self._lambdas = lambdas
        (stage,) = template.of("AWS::ApiGateway::Stage")
        (every_method,) = stage.properties["MethodSettings"]
        burst, rate = every_method["ThrottlingBurstLimit"], every_method["ThrottlingRateLimit"]
        self._buckets: dict[tuple[str, str], TokenBucket] = defaultdict(
            lambda: TokenBucket(lambda: scheduler.elapsed, burst=burst, rate=rate)
        )
        (throttled,) = (
            each.properties
            for each in template.of("AWS::ApiGateway::GatewayResponse")
            if each.properties["ResponseType"] == "THROTTLED"
        )
        retry_after = throttled["ResponseParameters"]["gatewayresponse.header.Retry-After"].strip("'")
        self._refusal: tuple[int, Any, Any] = (int(throttled["StatusCode"]), {"Retry-After": [retry_after]}, {})
        self.refused = 0

    def call(self, caller: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """Call the API in a process. Returns status, headers and body; 502 where the function has no answer."""
        event = _event(caller, method, path, body, headers)
        if not self._buckets[method, event["resource"]].take():
            self.refused += 1
            return self._refusal
        try:
            answer = self._lambdas.call("Api", event)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller sees no more of it
            return 502, {}, {"detail": str(error)}
        text = answer["body"]
        return int(answer["statusCode"]), answer["multiValueHeaders"], json.loads(text) if text[:1] in "{[" else text


def _event(caller: str, method: str, path: str, body: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    route, _, query = path.partition("?")
    parts = route.strip("/").split("/")
    named = parts[0] in {"streams", "batches"} and len(parts) > 1
    resource = "/".join([parts[0], "{id}", *parts[2:]]) if named else route.strip("/")
    given = dict(part.split("=", 1) for part in query.split("&") if part)
    return {
        "resource": f"/{resource}",
        "path": f"/{route.strip('/')}",
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}},
        "multiValueHeaders": {},
        "queryStringParameters": given or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in given.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "stage": _STAGE,
            "domainName": "api.example",
            "path": f"/{_STAGE}/{route.strip('/')}",
            "identity": {"userArn": caller},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }

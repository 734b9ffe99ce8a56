"""The virtual API Gateway lets in what the stage of the template allows, of each method by itself."""

from __future__ import annotations

from typing import Any

from simulation.aws.api_gateway import RestApi
from simulation.template import Template
from tests.unit.simulation.aws.deployed import Calm

LIMITS = {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1}
RESOURCES = {
    "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "v1", "MethodSettings": [LIMITS]}},
    "Throttled": {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "ResponseType": "THROTTLED",
            "StatusCode": "429",
            "ResponseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
        },
    },
}
ANSWER = {"statusCode": 202, "multiValueHeaders": {}, "body": '{"id": "1"}'}


def test_what_the_stage_does_not_let_in_is_refused_until_there_is_a_token_again() -> None:
    calm = Calm()
    statuses: list[Any] = []

    def call() -> None:
        api = RestApi(Template(RESOURCES), calm.lambdas(Api=lambda _event: ANSWER), calm.scheduler)
        api_calls = [*[("POST", "/streams")] * 3, ("GET", "/streams/a"), ("GET", "/streams/b"), ("GET", "/streams/c")]
        statuses.extend(api.call("ada", *each)[:2] for each in api_calls)
        calm.scheduler.sleep(1)
        statuses.append(api.call("ada", "POST", "/streams")[0])
        statuses.append(api.refused)

    with calm.running():
        calm.do(call)
    let_in: Any = (202, {})
    refused = (429, {"Retry-After": ["1"]})
    assert statuses == [let_in, let_in, refused, let_in, let_in, refused, 202, 2]

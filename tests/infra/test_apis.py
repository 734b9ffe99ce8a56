"""The doors: IAM everywhere, limits, one language for errors, and logs that hold no secrets."""

from __future__ import annotations

import json

from tests.infra.synthesised import Synthesised, as_text

METHODS = {("GET", "streams"), ("POST", "streams"), ("GET", "{id}"), ("DELETE", "{id}"), ("POST", "claim")}


def test_the_methods_are_those_of_the_contract(stack: Synthesised) -> None:
    resources = stack.properties("AWS::ApiGateway::Resource")
    methods = stack.properties("AWS::ApiGateway::Method").values()
    found = {(item["HttpMethod"], resources[as_text(item["ResourceId"])]["PathPart"]) for item in methods}
    assert found == METHODS


def test_every_method_asks_for_a_signature(stack: Synthesised) -> None:
    methods = stack.properties("AWS::ApiGateway::Method").values()
    assert [item["AuthorizationType"] for item in methods] == ["AWS_IAM"] * len(METHODS)


def test_a_websocket_is_opened_with_a_signature(stack: Synthesised) -> None:
    routes = {
        item["RouteKey"]: item["AuthorizationType"] for item in stack.properties("AWS::ApiGatewayV2::Route").values()
    }
    # API Gateway authorises a connection when it is opened, and only then.
    assert routes == {"$connect": "AWS_IAM", "$default": "NONE"}


def test_what_api_gateway_refuses_reads_like_what_the_function_refuses(stack: Synthesised) -> None:
    for name, answer in stack.properties("AWS::ApiGateway::GatewayResponse").items():
        assert answer["ResponseParameters"] == {"gatewayresponse.header.Content-Type": "'application/problem+json'"}, (
            name
        )
        (template,) = answer["ResponseTemplates"].values()
        # As API Gateway does it: the variable brings its own quotes, and escapes what is inside.
        problem = json.loads(template.replace("$context.error.messageString", json.dumps('said "so"\n')))
        assert problem["detail"] == 'said "so"\n', name
        assert set(problem) == {"type", "title", "status", "detail"}, name
        assert str(problem["status"]) == answer.get("StatusCode", str(problem["status"])), name


def test_every_refusal_without_an_answer_of_its_own_has_a_general_one(stack: Synthesised) -> None:
    kinds = {item["ResponseType"] for item in stack.properties("AWS::ApiGateway::GatewayResponse").values()}
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "ACCESS_DENIED", "REQUEST_TOO_LARGE", "THROTTLED"} <= kinds


def test_the_stage_is_limited_as_the_settings_say(stack: Synthesised, changed: Synthesised) -> None:
    for synthesised, rate, burst in ((stack, 50, 100), (changed, 7, 8)):
        (settings,) = synthesised.one("AWS::ApiGateway::Stage")["MethodSettings"]
        assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
        assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (rate, burst)


def test_bodies_are_traced_nowhere(stack: Synthesised) -> None:
    stage = stack.one("AWS::ApiGateway::Stage")
    assert [item["DataTraceEnabled"] for item in stage["MethodSettings"]] == [False]
    assert stage["TracingEnabled"] is True


def test_the_access_log_says_who_called_what_without_the_query_string(stack: Synthesised) -> None:
    fields = json.loads(stack.one("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]).values()
    assert {"$context.identity.userArn", "$context.httpMethod", "$context.path", "$context.status"} <= set(fields)
    # `path` has no query string; these would have one.
    assert not [field for field in fields if "request.querystring" in field or "requestOverride" in field]
    assert all(field.startswith("$context.") for field in fields)


def test_the_websocket_s_access_log_says_who_was_connected(stack: Synthesised) -> None:
    settings = stack.one("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]
    assert as_text(settings["DestinationArn"]) == "WebSocketCallbacksAccessLogs"
    assert {"$context.identity.userArn", "$context.connectionId"} <= set(json.loads(settings["Format"]).values())


def test_both_apis_log_by_the_account_s_role_and_wait_for_it(stack: Synthesised) -> None:
    for kind in ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"):
        ((_, stage),) = stack.all(kind).items()
        assert [name[:-8] for name in stage["DependsOn"]] == ["StreamsApiRestApiAccount"]

"""The doors: IAM everywhere, limits, one language for errors, and logs that hold no secrets."""

from __future__ import annotations

import json
from pathlib import Path

from greenroom_cdk.settings import Settings
from tests.infra.synthesised import Synthesised, as_text, synthesise

METHODS = {
    ("GET", "streams"),
    ("POST", "streams"),
    ("GET", "streams/{id}"),
    ("DELETE", "streams/{id}"),
    ("POST", "streams/{id}/claim"),
    ("GET", "schedules"),
    ("POST", "batches"),
    ("GET", "batches/{id}"),
    ("DELETE", "batches/{id}"),
    ("POST", "streams/{id}/waiting-room"),
    ("DELETE", "streams/{id}/waiting-room"),
    ("GET", "webhook-keys"),
    ("GET", "waiting-room"),
    ("GET", "waiting-room/stream"),
    ("POST", "waiting-room/stream/claim"),
}
# Those for a person who has a link, and no credentials.
UNSIGNED = {
    ("GET", "waiting-room"),
    ("GET", "waiting-room/stream"),
    ("POST", "waiting-room/stream/claim"),
    ("GET", "webhook-keys"),
}

LOGGED = (
    "requestId",
    "identity.userArn",
    "httpMethod",
    "path",
    "status",
    "responseLatency",
    "requestTime",
    "xrayTraceId",
)

# All types that API Gateway has, with the statuses that it gives them, but for a function that answered badly: 502.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
STATUSES = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 502,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}


def test_the_methods_are_those_of_the_contract(stack: Synthesised) -> None:
    assert set(_methods(stack)) == METHODS


def test_every_method_asks_for_a_signature_but_those_for_people_and_receivers(stack: Synthesised) -> None:
    found = _methods(stack)
    assert {method for method, authorization in found.items() if authorization == "NONE"} == UNSIGNED
    assert set(found.values()) == {"AWS_IAM", "NONE"}


def test_the_default_endpoint_is_closed_where_a_setting_says_so(stack: Synthesised, changed: Synthesised) -> None:
    assert stack.one("AWS::ApiGateway::RestApi").get("DisableExecuteApiEndpoint") is False
    assert changed.one("AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True
    assert changed.outputs["ApiUrl"]["Value"] == "https://streams.studio.example/room/"


def test_with_both_addresses_callers_keep_that_of_the_stack(code: Path) -> None:
    both = synthesise(code, Settings.from_values({"apiUrl": "https://streams.studio.example/"}))
    assert as_text(both.outputs["ApiUrl"]["Value"]).startswith("https://ApiRestApi.execute-api.")


def test_links_begin_with_the_url_of_the_api_which_a_setting_may_name(stack: Synthesised, changed: Synthesised) -> None:
    for name in ("announce", "deliver"):
        own = as_text(stack.functions[name]["Environment"]["Variables"]["API_URL"])
        assert own == "https://ApiRestApi.execute-api.AWS::Region.AWS::URLSuffix/ApiRestApiDeploymentStagev1/"
    # Its own URL is made after the function, and every call tells it.
    assert "API_URL" not in stack.functions["api"]["Environment"]["Variables"]
    for name in ("announce", "api", "deliver"):
        assert changed.functions[name]["Environment"]["Variables"]["API_URL"] == "https://streams.studio.example/room/"


def test_the_waiting_room_is_that_of_the_studio(changed: Synthesised) -> None:
    variables = changed.functions["api"]["Environment"]["Variables"]
    assert (variables["STUDIO_NAME"], variables["STUDIO_COLOR"]) == ("Northlight", "#8a2be2")


def _methods(stack: Synthesised) -> dict[tuple[str, str], str]:
    """The authorisation of each method."""
    methods = stack.properties("AWS::ApiGateway::Method").values()
    return {(item["HttpMethod"], _path(stack, item["ResourceId"])): item["AuthorizationType"] for item in methods}


def test_a_websocket_is_opened_with_a_signature(stack: Synthesised) -> None:
    routes = {
        item["RouteKey"]: item["AuthorizationType"] for item in stack.properties("AWS::ApiGatewayV2::Route").values()
    }
    # API Gateway authorises a connection when it is opened, and only then.
    assert routes == {"$connect": "AWS_IAM", "$default": "NONE"}


def test_what_api_gateway_refuses_reads_like_what_the_function_refuses(stack: Synthesised) -> None:
    for name, answer in stack.properties("AWS::ApiGateway::GatewayResponse").items():
        assert answer["ResponseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'", name
        assert answer["ResponseParameters"]["gatewayresponse.header.Cache-Control"] == "'no-store'", name
        (template,) = answer["ResponseTemplates"].values()
        # As API Gateway does it: the variable brings its own quotes, and escapes what is inside.
        problem = json.loads(template.replace("$context.error.messageString", json.dumps('said "so"\n')))
        assert (problem["type"], problem["detail"]) == ("about:blank", 'said "so"\n'), name


def test_a_problem_has_the_status_of_its_answer_and_claims_none_where_that_is_open(stack: Synthesised) -> None:
    found, claimed = {}, {}
    for answer in stack.properties("AWS::ApiGateway::GatewayResponse").values():
        (template,) = answer["ResponseTemplates"].values()
        problem = json.loads(template.replace("$context.error.messageString", '""'))
        found[answer["ResponseType"]] = int(answer["StatusCode"]) if "StatusCode" in answer else None
        claimed[answer["ResponseType"]] = problem.get("status")
        assert ("title" in problem) == ("status" in problem)
    assert found == claimed == STATUSES


def test_who_is_throttled_learns_when_to_come_back(stack: Synthesised) -> None:
    header = "gatewayresponse.header.Retry-After"
    pauses = {
        answer["ResponseType"]: answer["ResponseParameters"][header]
        for answer in stack.properties("AWS::ApiGateway::GatewayResponse").values()
        if header in answer["ResponseParameters"]
    }
    assert pauses == {"THROTTLED": "'1'", "QUOTA_EXCEEDED": "'3600'"}


def test_the_function_ends_before_api_gateway_stops_waiting(stack: Synthesised) -> None:
    assert stack.functions["api"]["Timeout"] < 29


def test_each_method_of_the_stage_is_limited_as_the_settings_say(stack: Synthesised, changed: Synthesised) -> None:
    """API Gateway applies what a stage says of `*` and `/*` to each method by itself; none has limits of its own."""
    for synthesised, rate, burst in ((stack, 300, 600), (changed, 7, 8)):
        (settings,) = synthesised.one("AWS::ApiGateway::Stage")["MethodSettings"]
        assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
        assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (rate, burst)


def test_bodies_are_traced_nowhere(stack: Synthesised) -> None:
    stage = stack.one("AWS::ApiGateway::Stage")
    settings = [(item["DataTraceEnabled"], item["LoggingLevel"]) for item in stage["MethodSettings"]]
    assert settings == [(False, "ERROR")]
    assert stage["TracingEnabled"] is True


def test_the_access_log_says_who_called_what_without_the_query_string(stack: Synthesised) -> None:
    fields = json.loads(stack.one("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]).values()
    # `path` has no query string, and none of them has a header: a link to the waiting room comes in one.
    assert set(fields) == {f"$context.{name}" for name in LOGGED}


def test_the_websocket_s_access_log_says_who_was_connected(stack: Synthesised) -> None:
    fields = json.loads(stack.one("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"]).values()
    assert {"$context.identity.userArn", "$context.connectionId"} <= set(fields)


def test_access_logs_go_to_our_groups_by_the_arn_that_api_gateway_keeps(stack: Synthesised) -> None:
    """A log group's own ARN ends in `:*`; API Gateway drops that, and drift detection would find a change."""
    group = "arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:{}AccessLogs"
    rest = stack.one("AWS::ApiGateway::Stage")["AccessLogSetting"]
    websocket = stack.one("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]
    assert as_text(rest["DestinationArn"]) == group.format("Api")
    assert as_text(websocket["DestinationArn"]) == group.format("WebSocketApi")


def test_the_execution_log_s_group_is_there_before_api_gateway_makes_one_of_its_own(stack: Synthesised) -> None:
    group = stack.properties("AWS::Logs::LogGroup")["ApiExecutionLogs"]
    stage = stack.all("AWS::ApiGateway::Stage")["ApiRestApiDeploymentStagev1"]
    assert as_text(group["LogGroupName"]) == "API-Gateway-Execution-Logs_ApiRestApi/v1"
    assert "ApiExecutionLogs" in {name[:-8] for name in stage["DependsOn"]}


def test_both_apis_wait_for_the_role_by_which_they_log(stack: Synthesised) -> None:
    (name,) = stack.all("AWS::ApiGateway::Account")
    for kind in ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"):
        ((_, stage),) = stack.all(kind).items()
        assert name in {dependency[:-8] for dependency in stage["DependsOn"]}


def test_the_role_of_all_the_account_s_apis_stays_when_the_stack_goes(stack: Synthesised) -> None:
    (account,) = stack.all("AWS::ApiGateway::Account").values()
    role = stack.all("AWS::IAM::Role")[as_text(account["Properties"]["CloudWatchRoleArn"])]
    assert (account["DeletionPolicy"], role["DeletionPolicy"]) == ("Retain", "Retain")


def test_the_account_s_own_role_is_left_alone_if_the_settings_say_so(changed: Synthesised) -> None:
    assert changed.all("AWS::ApiGateway::Account") == {}
    assert "AccountLogsRole" not in changed.all("AWS::IAM::Role")


def _path(stack: Synthesised, resource_id: object) -> str:
    """The path of a resource of the REST API."""
    resource = stack.properties("AWS::ApiGateway::Resource").get(as_text(resource_id))
    if resource is None:
        return ""
    return f"{_path(stack, resource['ParentId'])}/{resource['PathPart']}".removeprefix("/")

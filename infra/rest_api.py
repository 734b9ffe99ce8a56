"""The HTTP API: IAM on every method, problem+json for every error, logs without query strings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.findings import acknowledge
from infra.storage import OWNER_INDEX, Storage
from infra.task_function import FunctionFactory
from infra.workflow import Workflow

_LOGS_POLICY = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_FINDINGS = {
    "AwsSolutions-APIG2": "The function checks every request, by the rules that the bus and StartExecution share",
    "AwsSolutions-APIG3": "Callers are IAM principals; whether a web ACL is worth its price is the account's choice",
    "AwsSolutions-COG4": "IAM (SigV4) is the authorisation: callers are services and tools, not people in a browser",
    f"AwsSolutions-IAM4[{_LOGS_POLICY}]": "The policy that API Gateway asks for to write logs for the account",
}
# What API Gateway says, as a JSON string: it brings its own quotes, and escapes what a signature error may contain.
_SAID = "$context.error.messageString"
_PROBLEMS = {
    "ACCESS_DENIED": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Forbidden"),
    "INVALID_SIGNATURE": (403, "Forbidden"),
    "EXPIRED_TOKEN": (403, "Forbidden"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "REQUEST_TOO_LARGE": (413, "Content Too Large"),
    "THROTTLED": (429, "Too Many Requests"),
    "INTEGRATION_FAILURE": (502, "Bad Gateway"),
    "INTEGRATION_TIMEOUT": (504, "Gateway Timeout"),
    "DEFAULT_4XX": (400, "Bad Request"),
    "DEFAULT_5XX": (500, "Internal Server Error"),
}


class StreamsApi(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: FunctionFactory,
        storage: Storage,
        workflow: Workflow,
        environment: Mapping[str, str],
        requests_per_second: int,
        burst: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self.api_function = functions.make(
            self,
            "Api",
            environment={
                "REQUESTS_TABLE": storage.requests.table_name,
                "CONNECTIONS_TABLE": storage.connections.table_name,
                "STATE_MACHINE_ARN": workflow.state_machine.state_machine_arn,
                **environment,
            },
        )
        storage.grant_requests(self.api_function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        storage.grant_query(self.api_function, OWNER_INDEX)
        storage.grant_connections(self.api_function, "dynamodb:DeleteItem", "dynamodb:GetItem")
        workflow.state_machine.grant_start_execution(self.api_function)
        workflow.grant_stop(self.api_function)
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            cloud_watch_role=True,
            default_method_options=apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM),
            deploy_options=apigateway.StageOptions(
                access_log_destination=apigateway.LogGroupLogDestination(functions.log_group(self, "AccessLogs")),
                access_log_format=_access_log_format(),
                data_trace_enabled=False,
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                metrics_enabled=True,
                stage_name="v1",
                throttling_burst_limit=burst,
                throttling_rate_limit=requests_per_second,
                tracing_enabled=True,
            ),
            description="Ask Greenroom for a stream",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
        )
        # CDK adds an output of its own; the stack names its outputs itself.
        self.rest_api.node.try_remove_child("Endpoint")
        self._add_methods()
        self._add_problems()
        for finding, reason in _FINDINGS.items():
            acknowledge(self.rest_api, finding, reason)

    def _add_methods(self) -> None:
        integration = apigateway.LambdaIntegration(self.api_function)
        streams = self.rest_api.root.add_resource("streams")
        streams.add_method("GET", integration)
        streams.add_method("POST", integration)
        stream = streams.add_resource("{id}")
        stream.add_method("GET", integration)
        stream.add_method("DELETE", integration)
        stream.add_resource("claim").add_method("POST", integration)

    def _add_problems(self) -> None:
        """What API Gateway refuses by itself reads like what the function refuses."""
        for name, (status, title) in _PROBLEMS.items():
            problem = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": _SAID})
            self.rest_api.add_gateway_response(
                name.title().replace("_", ""),
                type=apigateway.ResponseType.of(name),
                status_code=None if name.startswith("DEFAULT") else str(status),
                response_headers={"Content-Type": "'application/problem+json'"},
                templates={"application/json": problem.replace(f'"{_SAID}"', _SAID)},
            )


def _access_log_format() -> apigateway.AccessLogFormat:
    """Who called what, and how it went. `$context.path` has no query string."""
    fields = ("requestId", "identity.userArn", "httpMethod", "path", "status", "responseLatency", "requestTime")
    return apigateway.AccessLogFormat.custom(json.dumps({field: f"$context.{field}" for field in fields}))

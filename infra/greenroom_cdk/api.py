"""The API: IAM on every method, problem+json for every error, logs without query strings."""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from greenroom.record.items import OWNER_INDEX
from greenroom_cdk.account_logs import AccountLogs
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.gateway_responses import add_gateway_responses
from greenroom_cdk.rules import access_rules, request_rules
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage import Storage
from greenroom_cdk.workflow import Workflow

STAGE = "v1"
# API Gateway waits 29 s. The function ends first, so that its log says what took so long.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
TIMEOUT = Duration.seconds(28)

_FINDINGS = {
    "AwsSolutions-APIG2": "The function checks every request, by the rules that the bus and StartExecution share",
    "AwsSolutions-APIG3": "Callers are IAM principals; whether a web ACL is worth its price is the account's choice",
    "AwsSolutions-COG4": "IAM (SigV4) is the authorisation: callers are services and tools, not people in a browser",
}


class Api(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        workflow: Workflow,
        account_logs: AccountLogs,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = functions.make(self, "Api", timeout=TIMEOUT)
        self.function.tell(**request_rules(settings), **access_rules(settings))
        storage.records.link(self.function, "GetItem", "PutItem", "UpdateItem")
        storage.records.link_index(self.function, OWNER_INDEX)
        storage.stream_urls.link(self.function, "DeleteItem", "GetItem")
        storage.schedules.link(self.function, "GetItem", "Scan")
        workflow.executions.link_start(self.function)
        workflow.executions.link_stop(self.function)
        self.rest_api = self._rest_api(settings, functions)
        self._add_methods()
        add_gateway_responses(self.rest_api)
        self._own_execution_log(functions)
        account_logs.come_before(self.rest_api.deployment_stage)
        for finding, reason in _FINDINGS.items():
            acknowledge(self.rest_api, finding, reason)

    def _rest_api(self, settings: Settings, functions: FunctionFactory) -> apigateway.RestApi:
        api = apigateway.RestApi(
            self,
            "RestApi",
            cloud_watch_role=False,
            default_method_options=apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM),
            deploy_options=apigateway.StageOptions(
                access_log_destination=apigateway.LogGroupLogDestination(functions.log_group(self, "AccessLogs")),
                access_log_format=_access_log_format(),
                data_trace_enabled=False,
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                # Of the whole API they are free; of each method they cost more than the streams do.
                metrics_enabled=False,
                stage_name=STAGE,
                throttling_burst_limit=settings.api_burst,
                throttling_rate_limit=settings.api_requests_per_second,
                tracing_enabled=True,
            ),
            description="Ask Greenroom for a stream",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
        )
        # CDK adds an output of its own; the stack names its outputs itself.
        api.node.try_remove_child("Endpoint")
        return api

    def _own_execution_log(self, functions: FunctionFactory) -> None:
        """Make the execution log's group before API Gateway does, which would neither encrypt it nor ever empty it.

        Its name is API Gateway's: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        name = f"API-Gateway-Execution-Logs_{self.rest_api.rest_api_id}/{STAGE}"
        self.rest_api.deployment_stage.node.add_dependency(functions.log_group(self, "ExecutionLogs", name=name))

    def _add_methods(self) -> None:
        integration = apigateway.LambdaIntegration(self.function)
        streams = self.rest_api.root.add_resource("streams")
        streams.add_method("GET", integration)
        streams.add_method("POST", integration)
        stream = streams.add_resource("{id}")
        stream.add_method("GET", integration)
        stream.add_method("DELETE", integration)
        stream.add_resource("claim").add_method("POST", integration)
        batches = self.rest_api.root.add_resource("batches")
        batches.add_method("POST", integration)
        batch = batches.add_resource("{id}")
        batch.add_method("GET", integration)
        batch.add_method("DELETE", integration)
        self.rest_api.root.add_resource("schedules").add_method("GET", integration)


def _access_log_format() -> apigateway.AccessLogFormat:
    """Tell who called what, and how it went. `$context.path` has no query string."""
    fields = ("requestId", "identity.userArn", "httpMethod", "path", "status", "responseLatency", "requestTime")
    return apigateway.AccessLogFormat.custom(json.dumps({field: f"$context.{field}" for field in fields}))

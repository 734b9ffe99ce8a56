"""The API: IAM on every method but those for people and receivers who have no credentials.

Every error is problem+json, and no log has a secret.
"""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from greenroom.domain.doors import DOORS_ITEM
from greenroom.record.items import CONNECTIONS, OWNED_INDEX, OWNER_INDEX, USAGE
from greenroom.record.links import PAGE
from greenroom_cdk.api.account_logs import AccountLogs
from greenroom_cdk.api.gateway_responses import add_gateway_responses
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.flow.workflow import Workflow
from greenroom_cdk.function_environment import (
    access_environment,
    request_environment,
    room_environment,
    usage_environment,
)
from greenroom_cdk.functions import Function, FunctionFactory
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.secrets import LinkSecret
from greenroom_cdk.storage.storage import Storage

STAGE = "v1"
# API Gateway waits 29 s. The function ends first, so that its log says what took so long.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
TIMEOUT = Duration.seconds(28)

_FINDINGS = {
    "AwsSolutions-APIG2": "The function checks every request, by the rules that the bus and StartExecution share",
    "AwsSolutions-APIG3": "Callers are IAM principals; whether a web ACL is worth its price is the account's choice",
    "AwsSolutions-COG4": "Services and tools are known by IAM (SigV4); people in a browser, by a link that is signed",
}
_LINK_REASON = (
    "It is for people without credentials; the function reads nothing before it has read their link's signature"
)
_KEYS_REASON = "The public halves of keys are for everybody who gets webhooks, and that is all it answers"


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
        self.function.set_environment(
            **request_environment(settings),
            **access_environment(settings),
            **room_environment(settings),
            **usage_environment(settings),
        )
        storage.records.grant_calls(self.function, "BatchGetItem", "GetItem", "PutItem", "UpdateItem")
        storage.records.grant_index(self.function, OWNED_INDEX)
        if settings.keep_owner_index:
            # The function of the release before lists by it until its turn comes in the update.
            storage.records.grant_index(self.function, OWNER_INDEX)
        storage.stream_urls.grant_calls(self.function, "DeleteItem", "GetItem", "UpdateItem")
        storage.schedules.grant_calls(self.function, "BatchGetItem", "GetItem", "Scan")
        storage.paces.grant_items(self.function, "GetItem", ids=[DOORS_ITEM, f"{CONNECTIONS}*"])
        if settings.max_batch_requests:
            storage.paces.grant_items(self.function, "GetItem", "UpdateItem", ids=[f"{USAGE}*"])
        workflow.executions.grant_start(self.function)
        workflow.executions.grant_find(self.function)
        workflow.executions.grant_stop(self.function)
        self.link_secret = LinkSecret(self, "LinkSecret", key=storage.key, settings=settings)
        self.link_secret.grant(self.function)
        self.rest_api = self._rest_api(settings, functions)
        # The function cannot be told the stack's own URL, which is made after it: each call tells it that.
        self.url = settings.api_url or self.rest_api.url
        self.callers_url = self.url if settings.disable_default_endpoint else self.rest_api.url
        if settings.api_url:
            self.function.set_environment(api_url=settings.api_url)
        self._add_methods()
        add_gateway_responses(self.rest_api)
        self._own_execution_log(functions)
        account_logs.come_before(self.rest_api.deployment_stage)
        for finding, reason in _FINDINGS.items():
            acknowledge(self.rest_api, finding, reason)

    def add_webhook_keys(self, function: Function) -> None:
        """Have a function tell anybody by which keys webhooks are signed."""
        integration = apigateway.LambdaIntegration(function, scope_permission_to_method=False)
        resource = self.rest_api.root.add_resource("webhook-keys")
        method = resource.add_method("GET", integration, authorization_type=apigateway.AuthorizationType.NONE)
        acknowledge(method, "AwsSolutions-APIG4", _KEYS_REASON)

    def grant_room(self, function: Function) -> None:
        """Let a function make links to the waiting room."""
        function.set_environment(api_url=self.url)
        self.link_secret.grant(function)

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
                # For each method by itself, so that nobody without credentials uses up what callers of the others have:
                # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
                throttling_burst_limit=settings.api_burst,
                throttling_rate_limit=settings.api_requests_per_second,
                tracing_enabled=True,
            ),
            description="Ask Greenroom for a stream",
            disable_execute_api_endpoint=settings.disable_default_endpoint,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # API Gateway counts by this name, and two deployments are not to count into each other's alarms.
            rest_api_name=settings.stack_name,
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
        # One permission for all methods: a stack takes 500 resources.
        integration = apigateway.LambdaIntegration(self.function, scope_permission_to_method=False)
        streams = self.rest_api.root.add_resource("streams")
        streams.add_method("GET", integration)
        streams.add_method("POST", integration)
        stream = streams.add_resource("{id}")
        stream.add_method("GET", integration)
        stream.add_method("DELETE", integration)
        stream.add_resource("claim").add_method("POST", integration)
        links = stream.add_resource("waiting-room")
        links.add_method("POST", integration)
        links.add_method("DELETE", integration)
        batches = self.rest_api.root.add_resource("batches")
        batches.add_method("POST", integration)
        batch = batches.add_resource("{id}")
        batch.add_method("GET", integration)
        batch.add_method("DELETE", integration)
        self.rest_api.root.add_resource("schedules").add_method("GET", integration)
        self._add_waiting_room(integration)

    def _add_waiting_room(self, integration: apigateway.Integration) -> None:
        """Add the page, and the calls that it makes for a person who has a link and no credentials.

        API Gateway hands an Authorization header on where it checks no signature by it:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
        """
        page = self.rest_api.root.add_resource(PAGE)
        stream = page.add_resource("stream")
        claim = stream.add_resource("claim")
        for resource, verb in ((page, "GET"), (stream, "GET"), (claim, "POST")):
            method = resource.add_method(verb, integration, authorization_type=apigateway.AuthorizationType.NONE)
            acknowledge(method, "AwsSolutions-APIG4", _LINK_REASON)


_LOGGED = (
    "requestId",
    "identity.userArn",
    "httpMethod",
    "path",
    "status",
    "responseLatency",
    "requestTime",
    "xrayTraceId",
)


def _access_log_format() -> apigateway.AccessLogFormat:
    """Tell who called what, and how it went. `$context.path` has no query string."""
    return apigateway.AccessLogFormat.custom(json.dumps({field: f"$context.{field}" for field in _LOGGED}))

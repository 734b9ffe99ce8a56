"""The WebSocket API: a client connects with IAM, learns its connection id, and names it in a request."""

from __future__ import annotations

import json
from typing import cast

from aws_cdk import ArnFormat, CfnElement, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk.aws_apigatewayv2_authorizers import WebSocketIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from greenroom.record.items import CONNECTIONS
from greenroom_cdk.api.account_logs import AccountLogs
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.function_environment import access_environment
from greenroom_cdk.functions import Function, FunctionFactory
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.storage import Storage

STAGE = "v1"

_LOGGED = ("requestId", "identity.userArn", "routeKey", "connectionId", "status", "requestTime")
_ACCESS_LOG_FORMAT = json.dumps({field: f"$context.{field}" for field in _LOGGED})
_REASON = "A connection is named by the request; its id exists only while a client is connected"


class WebSocketApi(Construct):
    """`url` is for clients; the functions that it is linked to post to connected clients."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        account_logs: AccountLogs,
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigatewayv2.WebSocketApi(self, "Api", description="Greenroom hands streams to connected clients")
        stack = Stack.of(self)
        self._host = f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        self.url = f"wss://{self._host}/{STAGE}"
        function = functions.make(self, "Websocket")
        self.grant(function)
        function.set_environment(**access_environment(settings))
        storage.paces.grant_items(function, "PutItem", ids=[f"{CONNECTIONS}*"])
        self._add_routes(function)
        account_logs.come_before(self._stage(functions))
        acknowledge(self.api, "AwsSolutions-APIG4", "API Gateway authorises a WebSocket once, at $connect")

    def grant(self, function: Function) -> None:
        """Let a function post to connected clients."""
        connections = f"{STAGE}/POST/@connections/*"
        arn = Stack.of(self).format_arn(service="execute-api", resource=self.api.api_id, resource_name=connections)
        function.set_environment(websocket_endpoint=f"https://{self._host}/{STAGE}")
        function.allow(["execute-api:ManageConnections"], [arn])
        api = Stack.of(self).get_logical_id(cast("CfnElement", self.api.node.default_child))
        finding = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<{api}>/{connections}"
        acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{finding}]", _REASON)

    def _add_routes(self, function: Function) -> None:
        integration = WebSocketLambdaIntegration("Integration", function)
        self.api.add_route("$connect", integration=integration, authorizer=WebSocketIamAuthorizer())
        self.api.add_route("$default", integration=integration)

    def _stage(self, functions: FunctionFactory) -> apigatewayv2.WebSocketStage:
        stage = apigatewayv2.WebSocketStage(
            self,
            "Stage",
            auto_deploy=True,
            stage_name=STAGE,
            throttle=apigatewayv2.ThrottleSettings(burst_limit=100, rate_limit=50),
            web_socket_api=self.api,
        )
        # As API Gateway keeps it, without the `:*` of a log group's own ARN, or drift detection finds a change.
        destination = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=functions.log_group(self, "AccessLogs").log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=destination, format=_ACCESS_LOG_FORMAT
        )
        cast("apigatewayv2.CfnStage", stage.node.default_child).access_log_settings = settings
        return stage

"""The WebSocket API: a client connects with IAM, learns its connection id, and names it in a request."""

from __future__ import annotations

import json
from typing import cast

from aws_cdk import CfnElement, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk.aws_apigatewayv2_authorizers import WebSocketIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from infra.findings import acknowledge
from infra.task_function import FunctionFactory, TaskFunction

STAGE = "v1"

_LOGGED = ("requestId", "identity.userArn", "routeKey", "connectionId", "status", "requestTime")
_ACCESS_LOG_FORMAT = json.dumps({field: f"$context.{field}" for field in _LOGGED})


class WebSocketCallbacks(Construct):
    """`endpoint` takes posts to connections, from the functions that `grant_post` was called for."""

    def __init__(self, scope: Construct, construct_id: str, *, functions: FunctionFactory) -> None:
        super().__init__(scope, construct_id)
        self.api = apigatewayv2.WebSocketApi(self, "Api", description="Greenroom hands streams to connected clients")
        stack = Stack.of(self)
        self._connections_arn = stack.format_arn(
            service="execute-api", resource=self.api.api_id, resource_name=f"{STAGE}/POST/@connections/*"
        )
        host = f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        self.endpoint = f"https://{host}/{STAGE}"
        self.url = f"wss://{host}/{STAGE}"
        self.websocket = functions.make(self, "Websocket", environment={"WEBSOCKET_ENDPOINT": self.endpoint})
        self.grant_post(self.websocket)
        integration = WebSocketLambdaIntegration("Integration", self.websocket)
        self.api.add_route("$connect", integration=integration, authorizer=WebSocketIamAuthorizer())
        self.api.add_route("$default", integration=integration)
        self.stage = apigatewayv2.WebSocketStage(
            self,
            "Stage",
            auto_deploy=True,
            stage_name=STAGE,
            throttle=apigatewayv2.ThrottleSettings(burst_limit=100, rate_limit=50),
            web_socket_api=self.api,
        )
        cast(
            "apigatewayv2.CfnStage", self.stage.node.default_child
        ).access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=functions.log_group(self, "AccessLogs").log_group_arn, format=_ACCESS_LOG_FORMAT
        )
        acknowledge(self.api, "AwsSolutions-APIG4", "API Gateway authorises a WebSocket once, at $connect")

    def grant_post(self, function: TaskFunction) -> None:
        """Let a function post to whoever is connected."""
        function.allow(["execute-api:ManageConnections"], [self._connections_arn])
        api = Stack.of(self).get_logical_id(cast("CfnElement", self.api.node.default_child))
        arn = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<{api}>/{STAGE}/POST/@connections/*"
        reason = "A connection is named by the request; its id exists only while a client is connected"
        acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{arn}]", reason)

"""The WebSocket API: a client connects with IAM, learns its connection id, and names it in a request."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk.aws_apigatewayv2_authorizers import WebSocketIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from infra.task_function import FunctionFactory

STAGE = "v1"


class WebSocketCallbacks(Construct):
    """`endpoint` takes posts to connections; `connections_arn` is what a function must be allowed to manage for it."""

    def __init__(self, scope: Construct, construct_id: str, *, functions: FunctionFactory) -> None:
        super().__init__(scope, construct_id)
        self.api = apigatewayv2.WebSocketApi(self, "Api", description="Greenroom hands streams to connected clients")
        stack = Stack.of(self)
        self.connections_arn = stack.format_arn(
            service="execute-api", resource=self.api.api_id, resource_name=f"{STAGE}/POST/@connections/*"
        )
        host = f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        self.endpoint = f"https://{host}/{STAGE}"
        self.url = f"wss://{host}/{STAGE}"
        self.websocket = functions.make(
            self, "WebSocket", handler="websocket", environment={"WEBSOCKET_ENDPOINT": self.endpoint}
        )
        self.websocket.allow(["execute-api:ManageConnections"], [self.connections_arn])
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

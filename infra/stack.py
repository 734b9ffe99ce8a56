"""The stack: it wires the constructs together and names what comes out."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.account_logs import AccountLogs
from infra.api import Api
from infra.channels import Channels
from infra.delivery import Delivery
from infra.environment_limit import check_environments
from infra.event_requests import EventRequests
from infra.functions import FunctionFactory
from infra.learning import Learning
from infra.monitoring import Monitoring
from infra.providers import Providers
from infra.reconciliation import Reconciliation
from infra.settings import Settings
from infra.storage import Storage
from infra.websocket_api import WebSocketApi
from infra.workflow import Workflow


class GreenroomStack(Stack):
    """Data flows one way: request → flow → provider → record → delivery. SettingsError if Lambda would refuse it."""

    def __init__(self, scope: Construct, *, settings: Settings, code: lambda_.Code, **kwargs: Any) -> None:
        description = "Greenroom: streams, asked for and handed over"
        super().__init__(scope, settings.stack_name, description=description, **kwargs)
        storage = Storage(self, "Storage", settings=settings)
        functions = FunctionFactory(code=code, key=storage.key, settings=settings)
        channels = Channels(self, "Channels", key=storage.key)
        providers = Providers(self, "Providers", settings=settings, key=storage.key)
        workflow = Workflow(
            self,
            "Workflow",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=channels,
            providers=providers,
        )
        account_logs = AccountLogs(self, "AccountLogs", settings=settings)
        self.websocket = WebSocketApi(self, "WebSocketApi", functions=functions, account_logs=account_logs)
        self.api = Api(
            self,
            "Api",
            settings=settings,
            functions=functions,
            storage=storage,
            workflow=workflow,
            account_logs=account_logs,
        )
        self.delivery = Delivery(
            self,
            "Delivery",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=channels,
            websocket=self.websocket,
            executions=workflow.executions,
        )
        Learning(self, "Learning", settings=settings, functions=functions, storage=storage)
        reconciliation = Reconciliation(
            self,
            "Reconciliation",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=channels,
            workflow=workflow,
            providers=providers,
        )
        event_requests = EventRequests(
            self,
            "EventRequests",
            settings=settings,
            functions=functions,
            channels=channels,
            executions=workflow.executions,
        )
        Monitoring(
            self,
            "Monitoring",
            settings=settings,
            key=storage.key,
            channels=channels,
            workflow=workflow,
            delivery=self.delivery,
            reconciliation=reconciliation,
            event_requests=event_requests,
        )
        self.outputs = self._name(
            {
                "StateMachineArn": workflow.state_machine.state_machine_arn,
                "ApiUrl": self.api.rest_api.url,
                "WebSocketUrl": self.websocket.url,
                "TopicArn": channels.topic.topic_arn,
                "EventBusName": channels.bus.event_bus_name,
                "DeadLetterQueueUrl": channels.dead_letter_queue.queue_url,
                "RejectedRequestsQueueUrl": channels.rejected_requests_queue.queue_url,
                "DeliveryQueueUrl": channels.delivery_queue.queue_url,
                "WebhookSecretArn": self.delivery.webhook_secret.secret_arn,
                **providers.outputs,
            }
        )
        check_environments(self)

    def _name(self, values: dict[str, str]) -> dict[str, CfnOutput]:
        return {name: CfnOutput(self, name, value=value) for name, value in values.items()}

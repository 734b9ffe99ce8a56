"""The stack: it wires the constructs together and names what comes out."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.channels import Channels
from infra.delivery import Delivery
from infra.event_requests import EventRequests
from infra.monitoring import Monitoring
from infra.reconciliation import Reconciliation
from infra.rest_api import StreamsApi
from infra.settings import Settings
from infra.storage import Storage
from infra.task_function import FunctionFactory
from infra.websocket_api import WebSocketCallbacks
from infra.workflow import Workflow


class GreenroomStack(Stack):
    """Data flows one way: request → flow → provider → record → delivery."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, code: lambda_.Code, **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, description="Greenroom: streams, asked for and handed over", **kwargs)
        removal_policy = RemovalPolicy.RETAIN if settings.retain_data else RemovalPolicy.DESTROY
        request_defaults = {
            "CALLBACK_HOSTS": ",".join(settings.callback_hosts),
            "CLAIM_BY_DEFAULT": str(settings.claim_by_default).lower(),
            "DEFAULT_NOTIFY": json.dumps(settings.default_targets),
            "DEADLINE_SECONDS": str(settings.deadline_seconds),
            "POLL_FIRST_SECONDS": str(settings.poll_first_seconds),
            "POLL_BACKOFF_RATE": str(settings.poll_backoff_rate),
            "POLL_MAX_SECONDS": str(settings.poll_max_seconds),
            "RETENTION_DAYS": str(settings.record_retention_days),
        }
        storage = Storage(self, "Storage", removal_policy=removal_policy)
        functions = FunctionFactory(
            code=code,
            key=storage.key,
            log_retention_days=settings.log_retention_days,
            removal_policy=removal_policy,
        )
        channels = Channels(self, "Channels", key=storage.key)
        workflow = Workflow(
            self,
            "Workflow",
            functions=functions,
            storage=storage,
            channels=channels,
            request_defaults=request_defaults,
            nimble_endpoint_url=settings.nimble_endpoint_url,
        )
        self.websocket = WebSocketCallbacks(self, "WebSocketCallbacks", functions=functions)
        self.delivery = Delivery(
            self,
            "Delivery",
            functions=functions,
            storage=storage,
            channels=channels,
            websocket=self.websocket,
            state_machine=workflow.state_machine,
            renew_expired_urls=settings.renew_expired_urls,
            callback_hosts=settings.callback_hosts,
            callback_api_arns=settings.callback_api_arns,
            removal_policy=removal_policy,
        )
        self.api = StreamsApi(
            self,
            "StreamsApi",
            functions=functions,
            storage=storage,
            workflow=workflow,
            environment={**request_defaults, "ADMINISTRATORS": ",".join(settings.administrators)},
            requests_per_second=settings.api_requests_per_second,
            burst=settings.api_burst,
        )
        # API Gateway writes the logs of both APIs by the one role of the account.
        self.websocket.stage.node.add_dependency(self.api.rest_api.node.find_child("Account"))
        Reconciliation(
            self,
            "Reconciliation",
            functions=functions,
            storage=storage,
            channels=channels,
            workflow=workflow,
            request_defaults=request_defaults,
        )
        EventRequests(
            self,
            "EventRequests",
            functions=functions,
            channels=channels,
            state_machine=workflow.state_machine,
            callback_hosts=settings.callback_hosts,
        )
        Monitoring(
            self,
            "Monitoring",
            key=storage.key,
            channels=channels,
            state_machine=workflow.state_machine,
            announce=self.delivery.announce,
            alarm_email=settings.alarm_email,
        )
        self.outputs = {
            name: CfnOutput(self, name, value=value)
            for name, value in {
                "StateMachineArn": workflow.state_machine.state_machine_arn,
                "ApiUrl": self.api.rest_api.url,
                "WebSocketUrl": self.websocket.url,
                "TopicArn": channels.topic.topic_arn,
                "EventBusName": channels.bus.event_bus_name,
                "DeadLetterQueueUrl": channels.dead_letter_queue.queue_url,
                "DeliveryQueueUrl": channels.delivery_queue.queue_url,
                "WebhookSecretArn": self.delivery.webhook_secret.secret_arn,
            }.items()
        }

"""From the record to the targets: Announce queues each outcome, Deliver hands it over."""

from __future__ import annotations

import string
from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.channels import DELIVER_TIMEOUT, Channels
from infra.findings import acknowledge
from infra.storage import Storage
from infra.task_function import FunctionFactory
from infra.websocket_api import WebSocketCallbacks

_ROTATION_REASON = "Receivers hold the secret too and change it in their own time; while it rotates, both sign"

# A request leaves `pending` once; that change, and no other, is an outcome.
ENDED = {
    "OldImage": {"state": {"S": ["pending"]}},
    "NewImage": {"state": {"S": ["ready", "failed", "timed_out", "cancelled"]}},
}
# A fresh stream was asked for because the URL had expired, and now there is one, or there will be none.
RENEWED = {
    "OldImage": {"renewal": {"S": ["asked"]}},
    "NewImage": {"renewal": {"S": ["done", "failed"]}},
}
# The service was looked at for a request that a connected client watches.
SEEN = {
    "NewImage": {
        "state": {"S": ["pending"]},
        "watched": {"BOOL": [True]},
        "stream": {"M": {"state": {"S": [{"exists": True}]}}},
    }
}


class Delivery(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        websocket: WebSocketCallbacks,
        state_machine: sfn.IStateMachine,
        renew_expired_urls: bool,
        callback_hosts: Sequence[str],
        callback_api_arns: Sequence[str],
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        self.webhook_secret = secretsmanager.Secret(
            self,
            "WebhookSecret",
            description="Signs Greenroom's webhooks (Standard Webhooks; base64)",
            encryption_key=storage.key,
            # 32 letters and digits are the base64 text of 24 bytes, the least that the specification takes.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_characters=string.punctuation, password_length=32
            ),
            removal_policy=removal_policy,
        )
        acknowledge(self.webhook_secret, "AwsSolutions-SMG4", _ROTATION_REASON)
        self.announce = functions.make(
            self,
            "Announce",
            environment={
                "DELIVERY_QUEUE_URL": channels.delivery_queue.queue_url,
                "WEBSOCKET_ENDPOINT": websocket.endpoint,
            },
        )
        channels.delivery_queue.grant_send_messages(self.announce)
        websocket.grant_post(self.announce)
        storage.follow_changes(self.announce, ENDED, RENEWED, SEEN, dead_letter_queue=channels.dead_letter_queue)
        self.deliver = functions.make(
            self,
            "Deliver",
            environment={
                "REQUESTS_TABLE": storage.requests.table_name,
                "CONNECTIONS_TABLE": storage.connections.table_name,
                "DELIVERY_QUEUE_URL": channels.delivery_queue.queue_url,
                "DEAD_LETTER_QUEUE_URL": channels.dead_letter_queue.queue_url,
                "TOPIC_ARN": channels.topic.topic_arn,
                "EVENT_BUS_NAME": channels.bus.event_bus_name,
                "WEBHOOK_SECRET_ARN": self.webhook_secret.secret_arn,
                "WEBSOCKET_ENDPOINT": websocket.endpoint,
                "CALLBACK_HOSTS": ",".join(callback_hosts),
                "RENEW_EXPIRED_URLS": str(renew_expired_urls).lower(),
                "STATE_MACHINE_ARN": state_machine.state_machine_arn,
            },
            timeout=DELIVER_TIMEOUT,
        )
        # One delivery an invocation: a slow webhook holds nobody else up.
        self.deliver.add_event_source(
            event_sources.SqsEventSource(channels.delivery_queue, batch_size=1, report_batch_item_failures=True)
        )
        storage.grant_requests(self.deliver, "dynamodb:GetItem", "dynamodb:UpdateItem")
        storage.grant_connections(self.deliver, "dynamodb:GetItem")
        channels.topic.grant_publish(self.deliver)
        channels.bus.grant_put_events_to(self.deliver)
        channels.dead_letter_queue.grant_send_messages(self.deliver)
        self.webhook_secret.grant_read(self.deliver)
        websocket.grant_post(self.deliver)
        if renew_expired_urls:
            state_machine.grant_start_execution(self.deliver)
        if callback_api_arns:
            self.deliver.allow(["execute-api:Invoke"], callback_api_arns)

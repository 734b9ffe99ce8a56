"""From the record to the targets: Announce tells those that AWS runs, Deliver those that are queued."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from constructs import Construct

from greenroom.delivery.attempts import ATTEMPT_SECONDS
from greenroom.record.items import HOST
from greenroom_cdk.api import Api
from greenroom_cdk.changes import ENDED, RENEWED, SEEN
from greenroom_cdk.channels import Channels
from greenroom_cdk.executions import Executions
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.outcomes import ENDS
from greenroom_cdk.rules import callback_rules, renewal_rules, signature_rules
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage import Storage
from greenroom_cdk.webhook_secret import WebhookSecret, WebhookSigningKey
from greenroom_cdk.websocket_api import WebSocketApi

_CALLBACK_REASON = "The setting callbackApiArns asks for it: webhooks may call any method of this pattern"


class Delivery(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        websocket: WebSocketApi,
        api: Api,
        executions: Executions,
    ) -> None:
        super().__init__(scope, construct_id)
        self.webhook_secret = WebhookSecret(self, "WebhookSecret", key=storage.key, settings=settings)
        self.webhook_signing_key = WebhookSigningKey(self, "WebhookSigningKey", key=storage.key, settings=settings)

        self.announce = functions.make(self, "Announce")
        # One outcome takes a few calls; several at a time keep up with a burst, and each request's changes in order.
        storage.records.link_changes(self.announce, ENDED, RENEWED, SEEN, parallelization_factor=10)
        storage.records.link(self.announce, "UpdateItem")
        storage.stream_urls.link(self.announce, "GetItem")
        storage.schedules.link(self.announce, "UpdateItem")
        channels.topic.link(self.announce)
        channels.bus.link(self.announce, ENDS)
        channels.delivery_queue.link(self.announce)
        websocket.link(self.announce)
        api.link_room(self.announce)

        self.deliver = functions.make(self, "Deliver", timeout=Duration.seconds(ATTEMPT_SECONDS))
        self.deliver.tell(**callback_rules(settings), **renewal_rules(settings), **signature_rules(settings))
        channels.delivery_queue.link_consumer(self.deliver, max_concurrency=settings.delivery_concurrency)
        channels.dead_letter_queue.link(self.deliver)
        storage.records.link(self.deliver, "GetItem", "UpdateItem")
        storage.stream_urls.link(self.deliver, "GetItem")
        storage.paces.link_items(self.deliver, "DeleteItem", "GetItem", "PutItem", "UpdateItem", ids=[f"{HOST}*"])
        channels.topic.link(self.deliver)
        channels.bus.link(self.deliver, ENDS)
        self.webhook_secret.link(self.deliver)
        self.webhook_signing_key.link(self.deliver)
        websocket.link(self.deliver)
        api.link_room(self.deliver)
        if settings.renew_expired_urls:
            executions.link_start(self.deliver)
            executions.link_find(self.deliver)
        if settings.callback_api_arns:
            self._allow_apis(settings.callback_api_arns)

        # Apart from the API's function, which has no business with a private key.
        self.webhook_keys = functions.make(self, "WebhookKeys")
        self.webhook_signing_key.link(self.webhook_keys)
        api.add_webhook_keys(self.webhook_keys)

    def _allow_apis(self, arns: Sequence[str]) -> None:
        self.deliver.allow(["execute-api:Invoke"], arns)
        for arn in arns:
            if "*" in arn:
                acknowledge(self.deliver.own_role, f"AwsSolutions-IAM5[Resource::{arn}]", _CALLBACK_REASON)

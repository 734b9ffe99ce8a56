"""From the record to the targets: Announce tells those that AWS runs, Deliver those that are queued."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from constructs import Construct

from greenroom.delivery.attempts import ATTEMPT_SECONDS
from greenroom.record.items import HOST
from greenroom_cdk.api.rest_api import Api
from greenroom_cdk.api.websocket_api import WebSocketApi
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.outcomes import ENDS
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.flow.executions import Executions
from greenroom_cdk.flow.stream_filters import ENDED, RENEWED, SEEN
from greenroom_cdk.function_environment import callback_environment, renewal_environment, signature_environment
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.secrets import WebhookSecret, WebhookSigningKey
from greenroom_cdk.storage.storage import Storage

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
        storage.records.add_follower(self.announce, ENDED, RENEWED, SEEN, parallelization_factor=10)
        storage.records.grant_calls(self.announce, "UpdateItem")
        storage.stream_urls.grant_calls(self.announce, "GetItem")
        storage.schedules.grant_calls(self.announce, "UpdateItem")
        channels.topic.grant(self.announce)
        channels.bus.grant(self.announce, ENDS)
        channels.delivery_queue.grant_put(self.announce)
        websocket.grant(self.announce)
        api.grant_room(self.announce)

        self.deliver = functions.make(self, "Deliver", timeout=Duration.seconds(ATTEMPT_SECONDS))
        self.deliver.set_environment(
            **callback_environment(settings), **renewal_environment(settings), **signature_environment(settings)
        )
        channels.delivery_queue.add_consumer(self.deliver, max_concurrency=settings.delivery_concurrency)
        channels.dead_letter_queue.grant_put(self.deliver)
        storage.records.grant_calls(self.deliver, "GetItem", "UpdateItem")
        storage.stream_urls.grant_calls(self.deliver, "GetItem")
        storage.paces.grant_items(self.deliver, "DeleteItem", "GetItem", "PutItem", "UpdateItem", ids=[f"{HOST}*"])
        channels.topic.grant(self.deliver)
        channels.bus.grant(self.deliver, ENDS)
        self.webhook_secret.grant(self.deliver)
        self.webhook_signing_key.grant(self.deliver)
        websocket.grant(self.deliver)
        api.grant_room(self.deliver)
        if settings.renew_expired_urls:
            executions.grant_start(self.deliver)
            executions.grant_find(self.deliver)
        if settings.callback_api_arns:
            self._allow_apis(settings.callback_api_arns)

        # Apart from the API's function, which has no business with a private key.
        self.webhook_keys = functions.make(self, "WebhookKeys")
        self.webhook_signing_key.grant(self.webhook_keys)
        api.add_webhook_keys(self.webhook_keys)

    def _allow_apis(self, arns: Sequence[str]) -> None:
        self.deliver.allow(["execute-api:Invoke"], arns)
        for arn in arns:
            if "*" in arn:
                acknowledge(self.deliver.own_role, f"AwsSolutions-IAM5[Resource::{arn}]", _CALLBACK_REASON)

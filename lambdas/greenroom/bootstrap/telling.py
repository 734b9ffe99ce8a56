"""Telling an outcome: the queues, the channels, and what a person sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.bootstrap.clients import CHANNEL_CONFIG, client, credentials, dynamodb
from greenroom.bootstrap.kept import links, records, signing_secrets, stream_urls
from greenroom.bootstrap.policy import hosts, rules
from greenroom.bootstrap.work import admission, executions, renew
from greenroom.domain.metrics import PACE_UNAVAILABLE
from greenroom.domain.values import utc_now
from greenroom.environment import environment, flag, names
from greenroom.observability import emit

if TYPE_CHECKING:
    from greenroom.adapters.eventbridge import EventBridgeBus
    from greenroom.adapters.webhook_signatures import SigningKey
    from greenroom.adapters.websocket import WebSocketConnections
    from greenroom.api.waiting_room.page import Page
    from greenroom.delivery.attempts import Attempts
    from greenroom.delivery.channels import Channel, DeliveryQueue, Letters
    from greenroom.delivery.event_requests import EventRequests
    from greenroom.delivery.rejection import Rejections
    from greenroom.record.links import Link
    from greenroom.record.model import Record


@cache
def delivery_queue() -> DeliveryQueue:
    from greenroom.adapters.sqs import SqsDeliveryQueue

    return SqsDeliveryQueue(client("sqs"), environment().delivery_queue_url)


@cache
def dead_letters() -> Letters:
    from greenroom.adapters.sqs import SqsLetters

    return SqsLetters(client("sqs"), environment().dead_letter_queue_url)


@cache
def rejected_requests() -> Letters:
    from greenroom.adapters.sqs import SqsLetters

    return SqsLetters(client("sqs"), environment().rejected_requests_queue_url)


@cache
def rejections() -> Rejections:
    from greenroom.delivery.rejection import Rejections

    return Rejections(rules(), admission(), bus(), rejected_requests())


@cache
def event_requests() -> EventRequests:
    from greenroom.adapters.sqs import SqsQueue
    from greenroom.delivery.event_requests import EventRequests

    queue = SqsQueue(client("sqs"), environment().event_requests_queue_url)
    return EventRequests(rules(), admission(), executions(), rejections(), queue)


@cache
def bus() -> EventBridgeBus:
    from greenroom.adapters.eventbridge import EventBridgeBus

    return EventBridgeBus(client("events", config=CHANNEL_CONFIG), environment().event_bus_name)


@cache
def websocket() -> WebSocketConnections:
    from greenroom.adapters.websocket import WebSocketConnections

    endpoint = environment().websocket_endpoint or None
    return WebSocketConnections(client("apigatewaymanagementapi", endpoint_url=endpoint, config=CHANNEL_CONFIG))


@cache
def public_channels() -> Mapping[str, Channel]:
    """The channels that everybody may follow who has the right to: the bus and the topic."""
    from greenroom.adapters.sns import SnsTopic
    from greenroom.delivery.timed import timed

    topic = SnsTopic(client("sns", config=CHANNEL_CONFIG), environment().topic_arn)
    return timed({"bus": bus(), "sns": topic}, utc_now, emit)


@cache
def own_channels() -> Mapping[str, Channel]:
    """The kinds of target that AWS runs for us, by the `type` that names them: they take a message at once."""
    from greenroom.delivery.timed import timed

    return {**public_channels(), **timed({"websocket": websocket()}, utc_now, emit)}


@cache
def channels() -> Mapping[str, Channel]:
    """Every kind of target."""
    from greenroom.adapters.api_gateways import ApiGateways
    from greenroom.adapters.webhook import Webhooks
    from greenroom.adapters.webhook_signatures import Signatures
    from greenroom.delivery.timed import timed
    from greenroom.domain.signing import key_of

    settings, keys = environment(), signing_keys()
    secrets = signing_secrets("WebhookSecretArn", settings.webhook_secret_arn, key_of)
    shared, gateways = flag(settings.shared_webhook_signature), ApiGateways(names(settings.callback_apis), credentials)
    webhooks = Webhooks(lambda: Signatures(secrets(), keys(), shared), hosts(), gateways)
    return {**own_channels(), **timed({"webhook": webhooks}, utc_now, emit)}


@cache
def signing_keys() -> Callable[[], Sequence[SigningKey]]:
    """The keys that sign webhooks, newest first."""
    from greenroom.adapters.webhook_signatures import SigningKey

    return signing_secrets("WebhookSigningKeyArn", environment().webhook_signing_key_arn, SigningKey.of)


@cache
def attempts() -> Attempts:
    """Attempts at the deliveries of the queue."""
    from greenroom.adapters.hangs_table import DynamoDbHangs
    from greenroom.delivery.attempts import Attempts
    from greenroom.delivery.patience import Patience

    hangs = DynamoDbHangs(dynamodb(), environment().paces_table)
    return Attempts(
        queue=delivery_queue(),
        letters=dead_letters(),
        records=records(),
        stream_urls=stream_urls(),
        channels=channels(),
        patience=Patience(hangs, utc_now, lambda: emit({PACE_UNAVAILABLE: 1})),
        clock=utc_now,
        link_to=link_to,
        renew=renew(),
    )


def link_to(record: Record, now: datetime) -> Link:
    """A link to the waiting room at the URL that the deployment names. What signs it is made for the first one."""
    from greenroom.record.links import link_to

    return link_to(record, now, links=links(), api_url=environment().api_url)


@cache
def waiting_room_page() -> Page:
    from greenroom.api.waiting_room.page import make_page
    from greenroom.api.waiting_room.studio import DIRECTORY, Studio

    settings = environment()
    return make_page(Studio.read(settings.studio_name, settings.studio_color, Path(__file__).parents[2] / DIRECTORY))

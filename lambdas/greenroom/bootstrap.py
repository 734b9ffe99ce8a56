"""The real adapters, each imported and made when it is first asked for. The one place that makes clients.

Clients are botocore's own: `boto3.client` is a way to make them that takes longer to import than they do to be made.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session

from greenroom.domain.metrics import SCHEDULES_UNAVAILABLE
from greenroom.domain.values import utc_now
from greenroom.environment import environment, flag, names
from greenroom.observability import emit
from greenroom.providers.catalogue import connector_of
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Wiring

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from greenroom.adapters.eventbridge import EventBridgeBus
    from greenroom.adapters.websocket import WebSocketConnections
    from greenroom.api.batches import Sources
    from greenroom.api.owners import Owners
    from greenroom.api.waiting_room.page import Page
    from greenroom.delivery.channels import Channel, DeliveryQueue, Letters
    from greenroom.flow.defaults import Defaults
    from greenroom.flow.executions import Executions
    from greenroom.flow.pacing import Pacer
    from greenroom.flow.schedules import Planner, Schedules
    from greenroom.providers.port import StreamProvider
    from greenroom.record.batches import Batches, Members
    from greenroom.record.links import Link, Links
    from greenroom.record.model import Record
    from greenroom.record.store import Records, StreamUrls
    from greenroom.request.callback_hosts import CallbackHosts
    from greenroom.request.rules import Rules

# Three attempts of at most 7 s, with pauses of up to 3 s between them, end before a function's 28 s do: what hangs is
# an error that the function can handle, and not the end of the function.
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# Who tells several targets makes one short attempt at each: what is not taken is tried again, by the queue.
CHANNEL_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})


@cache
def _session() -> Session:
    return Session()


def _client(service: str, **more: Any) -> Any:
    return _session().create_client(service, **{"config": CLIENT_CONFIG, **more})


@cache
def _dynamodb() -> Any:
    return _client("dynamodb")


@cache
def providers() -> Mapping[str, StreamProvider[Any]]:
    """Every provider that this deployment serves, by its name."""
    wiring = Wiring(_client, os.environ)
    return ConnectedProviders(environment().providers.split(","), lambda name: connector_of(name)(wiring))


@cache
def records() -> Records:
    from greenroom.adapters.records_table import DynamoDbRecords

    settings = environment()
    return DynamoDbRecords(_dynamodb(), settings.records_table, timedelta(days=int(settings.retention_days)))


@cache
def batches() -> Batches:
    from greenroom.adapters.batches_table import DynamoDbBatches

    settings = environment()
    return DynamoDbBatches(_dynamodb(), settings.batches_table, timedelta(days=int(settings.retention_days)))


@cache
def members() -> Members:
    from greenroom.adapters.members_index import DynamoDbMembers

    return DynamoDbMembers(_dynamodb(), environment().records_table)


@cache
def sources() -> Sources:
    from greenroom.adapters.s3_sources import S3Sources

    return S3Sources(_client("s3"))


@cache
def stream_urls() -> StreamUrls:
    from greenroom.adapters.stream_urls_table import DynamoDbStreamUrls

    return DynamoDbStreamUrls(_dynamodb(), environment().stream_urls_table)


@cache
def schedules() -> Schedules:
    from greenroom.adapters.schedules_table import DynamoDbSchedules

    return DynamoDbSchedules(_dynamodb(), environment().schedules_table)


@cache
def planner() -> Planner:
    from greenroom.flow.schedules import Planner

    return Planner(schedules(), float(environment().look_cost_seconds), lambda: emit({SCHEDULES_UNAVAILABLE: 1}))


@cache
def pacer() -> Pacer:
    from greenroom.adapters.paces_table import DynamoDbPaces
    from greenroom.flow.pacing import WatchedPacer

    return WatchedPacer(DynamoDbPaces(_dynamodb(), environment().paces_table), utc_now, emit)


@cache
def hosts() -> CallbackHosts:
    from greenroom.request.callback_hosts import CallbackHosts

    settings = environment()
    return CallbackHosts(names(settings.callback_hosts), names(settings.trusted_callback_hosts))


@cache
def rules() -> Rules:
    from greenroom.request.rules import Rules

    return Rules(tuple(environment().providers.split(",")), hosts())


@cache
def defaults() -> Defaults:
    from greenroom.flow.defaults import Defaults

    settings = environment()
    notify = tuple(json.loads(settings.default_notify))
    return Defaults(int(settings.deadline_seconds), rules(), notify, flag(settings.claim_by_default))


@cache
def delivery_queue() -> DeliveryQueue:
    from greenroom.adapters.sqs import SqsDeliveryQueue

    return SqsDeliveryQueue(_client("sqs"), environment().delivery_queue_url)


@cache
def dead_letters() -> Letters:
    from greenroom.adapters.sqs import SqsLetters

    return SqsLetters(_client("sqs"), environment().dead_letter_queue_url)


@cache
def rejected_requests() -> Letters:
    from greenroom.adapters.sqs import SqsLetters

    return SqsLetters(_client("sqs"), environment().rejected_requests_queue_url)


@cache
def bus() -> EventBridgeBus:
    from greenroom.adapters.eventbridge import EventBridgeBus

    return EventBridgeBus(_client("events", config=CHANNEL_CONFIG), environment().event_bus_name)


@cache
def executions() -> Executions:
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(_client("stepfunctions"), environment().state_machine_arn)


@cache
def batch_runs() -> Executions:
    """The executions of the state machine that runs batches."""
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(_client("stepfunctions"), environment().batch_machine_arn)


@cache
def owners() -> Owners:
    from greenroom.api.owners import Owners

    settings = environment()
    return Owners(names(settings.administrators), names(settings.shared_roles))


@cache
def renew() -> Executions | None:
    """The executions that renew an expired URL, where the deployment wants that."""
    return executions() if flag(environment().renew_expired_urls) else None


@cache
def websocket() -> WebSocketConnections:
    from greenroom.adapters.websocket import WebSocketConnections

    endpoint = environment().websocket_endpoint or None
    client = _client("apigatewaymanagementapi", endpoint_url=endpoint, config=CHANNEL_CONFIG)
    return WebSocketConnections(client)


@cache
def links() -> Links:
    from greenroom.adapters.secrets import SigningSecrets
    from greenroom.adapters.signed_links import SignedLinks

    return SignedLinks(SigningSecrets(_client("secretsmanager"), environment().link_secret_arn))


def link_to(record: Record, now: datetime) -> Link:
    """A link to the waiting room at the URL that the deployment names. What signs it is made for the first one."""
    from greenroom.record.links import link_to

    return link_to(record, now, links=links(), api_url=environment().api_url)


@cache
def waiting_room_page() -> Page:
    from greenroom.api.waiting_room.page import make_page
    from greenroom.api.waiting_room.studio import DIRECTORY, Studio

    settings = environment()
    return make_page(Studio.read(settings.studio_name, settings.studio_color, Path(__file__).parents[1] / DIRECTORY))


@cache
def public_channels() -> Mapping[str, Channel]:
    """Those of them that everybody may follow who has the right to: the bus and the topic."""
    from greenroom.adapters.sns import SnsTopic
    from greenroom.delivery.timed import timed

    topic = SnsTopic(_client("sns", config=CHANNEL_CONFIG), environment().topic_arn)
    return timed({"bus": bus(), "sns": topic}, utc_now, emit)


@cache
def own_channels() -> Mapping[str, Channel]:
    """The kinds of target that AWS runs for us, by the `type` that names them: they take a message at once."""
    from greenroom.delivery.timed import timed

    return {**public_channels(), **timed({"websocket": websocket()}, utc_now, emit)}


@cache
def channels() -> Mapping[str, Channel]:
    """Every kind of target."""
    from greenroom.adapters.secrets import SigningSecrets
    from greenroom.adapters.webhook import Webhooks
    from greenroom.delivery.timed import timed

    secrets = SigningSecrets(_client("secretsmanager"), environment().webhook_secret_arn)
    webhooks = Webhooks(secrets, hosts(), _credentials)
    return {**own_channels(), **timed({"webhook": webhooks}, utc_now, emit)}


def _credentials() -> Credentials:
    found = _session().get_credentials()
    if found is None:
        raise RuntimeError("This function has no AWS credentials to sign with")
    return found

"""What the functions work with: each adapter and object is imported and made when it is first asked for.

The one place that makes clients. They are botocore's own: `boto3.client` is a way to make them that takes longer to
import than they do to be made.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from botocore.config import Config
from botocore.exceptions import ChecksumError
from botocore.session import Session

from greenroom.domain.metrics import PACE_UNAVAILABLE, SCHEDULES_UNAVAILABLE, SECRET_UNUSABLE
from greenroom.domain.values import utc_now
from greenroom.environment import environment
from greenroom.observability import emit
from greenroom.providers.catalogue import connector_of
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Wiring

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from greenroom.adapters.channels import EventBridgeBus, WebSocketConnections
    from greenroom.adapters.webhook_signatures import SigningKey
    from greenroom.api.batches import BatchCalls, Sources
    from greenroom.api.owners import Owners
    from greenroom.api.streams import StreamCalls
    from greenroom.api.usage import BatchLimit, PendingLimit
    from greenroom.api.waiting_room.page import Page
    from greenroom.delivery.attempts import Attempts
    from greenroom.delivery.batch_summary import BatchSummaries
    from greenroom.delivery.channels import Channel, DeadLetterQueue, DeliveryQueue
    from greenroom.delivery.event_requests import EventRequests
    from greenroom.delivery.outbox import Outbox
    from greenroom.delivery.rejection import Rejections
    from greenroom.delivery.sweep import Sweep
    from greenroom.domain.doors import Doors
    from greenroom.flow.acceptance import Acceptance, Defaults
    from greenroom.flow.admission import Admission, Origins
    from greenroom.flow.batch_runs import BatchRuns
    from greenroom.flow.batches import BatchTasks
    from greenroom.flow.executions import Executions
    from greenroom.flow.pacing import Pacer
    from greenroom.flow.reconciliation import Reconciliation
    from greenroom.flow.release import Holders
    from greenroom.flow.schedules import Planner, Schedules
    from greenroom.flow.tasks import Flow
    from greenroom.providers.port import StreamProvider
    from greenroom.record.batches import Batches, Members
    from greenroom.record.links import Link, Links
    from greenroom.record.model import Record
    from greenroom.record.store import Records, StreamUrls
    from greenroom.request.callback_hosts import CallbackHosts
    from greenroom.request.identities import Identities
    from greenroom.request.rules import Rules

K = TypeVar("K")


# Three attempts of at most 7 s, with pauses of up to 3 s between them, end before a function's 28 s do: what hangs is
# an error that the function can handle, and not the end of the function.
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# A function with several targets makes one short attempt at each. The queue tries again what was not taken.
CHANNEL_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})


@cache
def session() -> Session:
    return Session()


def client(service: str, **more: Any) -> Any:
    return session().create_client(service, **{"config": CLIENT_CONFIG, **more})


@cache
def dynamodb() -> Any:
    """The client of all tables. An answer that was garbled on its way is an error, and never an item that is not there.

    botocore asks again where an answer does not fit its checksum. It takes what comes at the last attempt as it is, and
    what is no JSON as an answer without a member.
    """
    made = client("dynamodb")
    made.meta.events.register("after-call.dynamodb", _ensure_it_is_whole)
    return made


def _ensure_it_is_whole(http_response: Any, **_: Any) -> None:
    expected = http_response.headers.get("x-amz-crc32")
    if expected is not None and int(expected) != (found := crc32(http_response.content)):
        raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=str(found))


def credentials() -> Credentials:
    found = session().get_credentials()
    if found is None:
        raise RuntimeError("This function has no AWS credentials to sign with")
    return found


@cache
def records() -> Records:
    from greenroom.adapters.records_table import DynamoDbRecords

    settings = environment()
    return DynamoDbRecords(dynamodb(), settings.records_table, timedelta(days=settings.retention_days))


@cache
def stream_urls() -> StreamUrls:
    from greenroom.adapters.stream_urls_table import DynamoDbStreamUrls

    settings = environment()
    return DynamoDbStreamUrls(dynamodb(), settings.stream_urls_table, settings.records_table)


@cache
def schedules() -> Schedules:
    from greenroom.adapters.schedules_table import DynamoDbSchedules

    return DynamoDbSchedules(dynamodb(), environment().schedules_table)


@cache
def batches() -> Batches:
    from greenroom.adapters.batches_table import DynamoDbBatches

    settings = environment()
    return DynamoDbBatches(dynamodb(), settings.batches_table, timedelta(days=settings.retention_days))


@cache
def members() -> Members:
    from greenroom.adapters.batches_table import DynamoDbMembers

    return DynamoDbMembers(dynamodb(), environment().records_table)


@cache
def doors() -> Doors:
    from greenroom.adapters.paces_table import DynamoDbDoors

    return DynamoDbDoors(dynamodb(), environment().paces_table, utc_now)


@cache
def sources() -> Sources:
    from greenroom.adapters.s3_sources import S3Sources

    return S3Sources(client("s3"))


@cache
def links() -> Links:
    from greenroom.adapters.signed_links import SignedLinks, link_key

    return SignedLinks(signing_secrets("LinkSecretArn", environment().link_secret_arn, link_key))


def signing_secrets(name: str, secret_arn: str, key_of: Callable[[str], K]) -> Callable[[], Sequence[K]]:
    """The keys of a secret, newest first. `name` is the output that names it."""
    from greenroom.adapters.secrets import SigningSecrets

    def unusable() -> None:
        emit({SECRET_UNUSABLE: 1})

    return SigningSecrets(client("secretsmanager"), secret_arn, name=name, key_of=key_of, unusable=unusable)


@cache
def hosts() -> CallbackHosts:
    from greenroom.request.callback_hosts import CallbackHosts

    settings = environment()
    return CallbackHosts(settings.callback_hosts, settings.trusted_callback_hosts)


@cache
def rules() -> Rules:
    from greenroom.request.rules import Rules

    return Rules(environment().providers, hosts())


@cache
def identities() -> Identities:
    from greenroom.request.identities import Identities

    return Identities.load(environment().identities)


@cache
def defaults() -> Defaults:
    from greenroom.flow.acceptance import Defaults

    settings = environment()
    notify = tuple(json.loads(settings.default_notify))
    return Defaults(settings.deadline_seconds, rules(), notify, settings.claim_by_default)


@cache
def owners() -> Owners:
    from greenroom.api.owners import Owners

    settings = environment()
    return Owners(settings.administrators, settings.shared_roles)


@cache
def pending_limit() -> PendingLimit:
    from greenroom.api.usage import PendingLimit

    return PendingLimit(environment().max_pending_requests, records())


@cache
def batch_limit() -> BatchLimit:
    from greenroom.adapters.paces_table import DynamoDbPaces
    from greenroom.api.usage import BatchLimit

    settings = environment()
    return BatchLimit(settings.max_batch_requests, batches(), DynamoDbPaces(dynamodb(), settings.paces_table))


@cache
def providers() -> Mapping[str, StreamProvider[Any]]:
    """Every provider that this deployment serves, by its name. Messages may show the URLs that its settings have."""
    wiring = Wiring(client, os.environ)
    addresses = [value.rstrip("/") for name, value in os.environ.items() if name.endswith("_URL")]
    return ConnectedProviders(environment().providers, lambda name: connector_of(name)(wiring), addresses)


@cache
def planner() -> Planner:
    from greenroom.flow.schedules import Planner

    return Planner(schedules(), environment().look_cost_seconds, lambda: emit({SCHEDULES_UNAVAILABLE: 1}))


@cache
def pacer() -> Pacer:
    from greenroom.adapters.paces_table import DynamoDbPaces
    from greenroom.flow.pacing import WatchedPacer

    return WatchedPacer(DynamoDbPaces(dynamodb(), environment().paces_table), utc_now, emit)


@cache
def origins() -> Origins:
    from greenroom.adapters.paces_table import DynamoDbOrigins

    return DynamoDbOrigins(dynamodb(), environment().paces_table)


@cache
def admission() -> Admission:
    from greenroom.flow.admission import Admission

    return Admission(identities(), origins(), owners())


@cache
def holders() -> Holders:
    from greenroom.adapters.paces_table import DynamoDbHolders

    return DynamoDbHolders(dynamodb(), environment().paces_table)


@cache
def acceptance() -> Acceptance:
    from greenroom.flow.acceptance import Acceptance

    return Acceptance(records(), admission(), planner(), defaults(), doors(), utc_now)


@cache
def flow() -> Flow:
    """The tasks that talk to the service."""
    from greenroom.flow.tasks import Flow

    return Flow(providers(), records(), stream_urls(), holders(), pacer(), utc_now)


@cache
def executions() -> Executions:
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client("stepfunctions"), environment().state_machine_arn, others_start=True)


@cache
def reconciliation() -> Reconciliation:
    from greenroom.flow.reconciliation import Reconciliation

    return Reconciliation(acceptance(), executions(), rejections())


@cache
def batch_tasks() -> BatchTasks:
    from greenroom.flow.batches import BatchTasks

    return BatchTasks(batches(), members(), records(), executions(), acceptance(), utc_now)


@cache
def batch_runs() -> BatchRuns:
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions
    from greenroom.flow.batch_runs import BatchRuns

    executions_of_batches = StepFunctionsExecutions(client("stepfunctions"), environment().batch_machine_arn)
    return BatchRuns(batches(), executions_of_batches, utc_now)


@cache
def renew() -> Executions | None:
    """The executions that renew an expired URL, where the deployment wants that."""
    return executions() if environment().renew_expired_urls else None


@cache
def delivery_queue() -> DeliveryQueue:
    from greenroom.adapters.sqs import SqsDeliveryQueue

    return SqsDeliveryQueue(client("sqs"), environment().delivery_queue_url)


@cache
def dead_letters() -> DeadLetterQueue:
    from greenroom.adapters.sqs import SqsDeadLetterQueue

    return SqsDeadLetterQueue(client("sqs"), environment().dead_letter_queue_url)


@cache
def rejected_requests() -> DeadLetterQueue:
    from greenroom.adapters.sqs import SqsDeadLetterQueue

    return SqsDeadLetterQueue(client("sqs"), environment().rejected_requests_queue_url)


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
    from greenroom.adapters.channels import EventBridgeBus

    return EventBridgeBus(client("events", config=CHANNEL_CONFIG), environment().event_bus_name)


@cache
def websocket() -> WebSocketConnections:
    from greenroom.adapters.channels import WebSocketConnections

    endpoint = environment().websocket_endpoint or None
    return WebSocketConnections(client("apigatewaymanagementapi", endpoint_url=endpoint, config=CHANNEL_CONFIG))


@cache
def public_channels() -> Mapping[str, Channel]:
    """The channels that everybody may follow who has the right to: the bus and the topic."""
    from greenroom.adapters.channels import SnsTopic
    from greenroom.delivery.channels import timed

    topic = SnsTopic(client("sns", config=CHANNEL_CONFIG), environment().topic_arn)
    return timed({"bus": bus(), "sns": topic}, utc_now, emit)


@cache
def own_channels() -> Mapping[str, Channel]:
    """The kinds of target that AWS runs for us, by the `type` that names them: they take a message at once."""
    from greenroom.delivery.channels import timed

    return {**public_channels(), **timed({"websocket": websocket()}, utc_now, emit)}


@cache
def channels() -> Mapping[str, Channel]:
    """Every kind of target."""
    from greenroom.adapters.webhook import ApiGateways, Webhooks
    from greenroom.adapters.webhook_signatures import Signatures
    from greenroom.delivery.channels import timed
    from greenroom.domain.signing import key_of

    settings, keys = environment(), signing_keys()
    secrets = signing_secrets("WebhookSecretArn", settings.webhook_secret_arn, key_of)
    shared, gateways = settings.shared_webhook_signature, ApiGateways(settings.callback_apis, credentials)
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
        dead_letters=dead_letters(),
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
    return make_page(Studio.read(settings.studio_name, settings.studio_color, Path(__file__).parents[1] / DIRECTORY))


@cache
def outbox() -> Outbox:
    from greenroom.delivery.outbox import Outbox

    return Outbox(own_channels(), stream_urls(), delivery_queue(), records(), websocket(), utc_now, link_to)


@cache
def batch_summaries() -> BatchSummaries:
    from greenroom.delivery.batch_summary import BatchSummaries

    return BatchSummaries(batches(), public_channels(), utc_now)


@cache
def sweep() -> Sweep:
    from greenroom.delivery.sweep import Sweep

    return Sweep(records(), executions(), delivery_queue(), utc_now)


@cache
def stream_calls() -> StreamCalls:
    from greenroom.api.streams import StreamCalls

    return StreamCalls(
        acceptance(), records(), stream_urls(), batches(), members(), executions(), owners(), pending_limit(), utc_now
    )


@cache
def batch_calls() -> BatchCalls:
    from greenroom.api.batches import BatchCalls

    settings = environment()
    return BatchCalls(
        tasks=batch_tasks(),
        runs=batch_runs(),
        sources=sources(),
        owners=owners(),
        limit=batch_limit(),
        buckets=settings.batch_buckets,
        prefix=settings.batch_prefix,
    )

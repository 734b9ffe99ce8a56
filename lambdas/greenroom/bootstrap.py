"""The real adapters, each imported and made when it is first asked for. The one place that calls boto3."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from greenroom.environment import environment, names
from greenroom.providers.catalogue import connector_of
from greenroom.providers.connected import ConnectedProviders
from greenroom.providers.port import Wiring

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from greenroom.adapters.eventbridge import EventBridgeBus
    from greenroom.adapters.websocket import WebSocketConnections
    from greenroom.api.owners import Owners
    from greenroom.delivery.channels import Channel, DeliveryQueue, Letters
    from greenroom.flow.executions import Executions
    from greenroom.providers.port import StreamProvider
    from greenroom.record.store import Records, StreamUrls

# Three attempts of at most 7 s, with pauses of up to 3 s between them, end before a function's 28 s do: what hangs is
# an error that the function can handle, and not the end of the function.
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})


def _client(service: str, **more: Any) -> Any:
    return boto3.client(service, **{"config": CLIENT_CONFIG, **more})  # type: ignore[call-overload]  # any service


def _table(name: str) -> Any:
    return boto3.resource("dynamodb", config=CLIENT_CONFIG).Table(name or "not-set")


@cache
def providers() -> Mapping[str, StreamProvider[Any]]:
    """Every provider that this deployment serves, by its name."""
    wiring = Wiring(_client, os.environ)
    return ConnectedProviders(environment().rules.providers, lambda name: connector_of(name)(wiring))


@cache
def records() -> Records:
    from greenroom.adapters.records_table import DynamoDbRecords

    return DynamoDbRecords(_table(environment().records_table), environment().retention)


@cache
def stream_urls() -> StreamUrls:
    from greenroom.adapters.stream_urls_table import DynamoDbStreamUrls

    return DynamoDbStreamUrls(_table(environment().stream_urls_table))


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

    return EventBridgeBus(_client("events"), environment().event_bus_name)


@cache
def executions() -> Executions:
    from greenroom.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(_client("stepfunctions"), environment().state_machine_arn)


@cache
def owners() -> Owners:
    from greenroom.api.owners import Owners

    settings = environment()
    return Owners(names(settings.administrators), names(settings.shared_roles))


@cache
def renew() -> Executions | None:
    """The executions that renew an expired URL, where the deployment wants that."""
    return executions() if environment().renew_expired_urls else None


@cache
def websocket() -> WebSocketConnections:
    from greenroom.adapters.websocket import WebSocketConnections

    endpoint = environment().websocket_endpoint or None
    return WebSocketConnections(_client("apigatewaymanagementapi", endpoint_url=endpoint))


@cache
def channels() -> Mapping[str, Channel]:
    """Every kind of target, by the `type` that names it."""
    from greenroom.adapters.secrets import SigningSecrets
    from greenroom.adapters.sns import SnsTopic
    from greenroom.adapters.webhook import Webhooks

    settings = environment()
    secrets = SigningSecrets(_client("secretsmanager"), settings.webhook_secret_arn)
    return {
        "bus": bus(),
        "sns": SnsTopic(_client("sns"), settings.topic_arn),
        "webhook": Webhooks(secrets, settings.hosts, _credentials),
        "websocket": websocket(),
    }


def _credentials() -> Credentials:
    found = boto3.Session().get_credentials()
    if found is None:
        raise RuntimeError("This function has no AWS credentials to sign with")
    return found

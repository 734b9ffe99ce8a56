"""The real adapters, each made once a function and only when it is asked for. The one place that calls boto3."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import boto3
from botocore.credentials import Credentials

from greenroom.adapters.connections_table import DynamoDbConnections
from greenroom.adapters.eventbridge import EventBridgeBus
from greenroom.adapters.nimble import NimbleStudio
from greenroom.adapters.requests_table import DynamoDbRequests
from greenroom.adapters.secrets import SigningSecrets
from greenroom.adapters.sns import SnsTopic
from greenroom.adapters.sqs import SqsDeliveryQueue
from greenroom.adapters.stepfunctions import StepFunctionsExecutions
from greenroom.adapters.webhook import Webhooks
from greenroom.adapters.websocket import WebSocketConnections
from greenroom.domain import utc_now
from greenroom.environment import environment
from greenroom.ports import StreamProvider, Target
from greenroom.renewal import Renewals


@cache
def provider() -> StreamProvider:
    return NimbleStudio.from_environment()


@cache
def requests() -> DynamoDbRequests:
    table = boto3.resource("dynamodb").Table(environment().requests_table)
    return DynamoDbRequests(table, environment().retention)


@cache
def connections() -> DynamoDbConnections:
    return DynamoDbConnections(boto3.resource("dynamodb").Table(environment().connections_table))


@cache
def delivery_queue() -> SqsDeliveryQueue:
    settings = environment()
    return SqsDeliveryQueue(
        boto3.client("sqs"),
        queue_url=settings.delivery_queue_url,
        dead_letter_queue_url=settings.dead_letter_queue_url,
    )


@cache
def bus() -> EventBridgeBus:
    return EventBridgeBus(boto3.client("events"), environment().event_bus_name)


@cache
def executions() -> StepFunctionsExecutions:
    return StepFunctionsExecutions(boto3.client("stepfunctions"), environment().state_machine_arn)


@cache
def renewals() -> Renewals | None:
    """The way to a fresh stream for an expired URL, where the deployment wants one."""
    return Renewals(requests(), executions(), utc_now) if environment().renew_expired_urls else None


@cache
def websocket() -> WebSocketConnections:
    return WebSocketConnections(boto3.client("apigatewaymanagementapi", endpoint_url=environment().websocket_endpoint))


@cache
def targets() -> Mapping[str, Target]:
    """Every kind of target, by the `type` that names it."""
    settings = environment()
    webhooks = Webhooks(
        SigningSecrets(boto3.client("secretsmanager"), settings.webhook_secret_arn),
        settings.hosts,
        _credentials,
    )
    return {
        "bus": bus(),
        "sns": SnsTopic(boto3.client("sns"), settings.topic_arn),
        "webhook": webhooks,
        "websocket": websocket(),
    }


def _credentials() -> Credentials:
    found = boto3.Session().get_credentials()
    if found is None:
        raise RuntimeError("This function has no AWS credentials to sign with")
    return found

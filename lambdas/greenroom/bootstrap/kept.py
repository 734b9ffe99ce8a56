"""What is kept, and what signs links to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from greenroom.bootstrap.clients import client, dynamodb
from greenroom.domain.metrics import SECRET_UNUSABLE
from greenroom.domain.values import utc_now
from greenroom.environment import environment
from greenroom.observability import emit

if TYPE_CHECKING:
    from greenroom.api.batches import Sources
    from greenroom.domain.doors import Doors
    from greenroom.flow.schedules import Schedules
    from greenroom.record.batches import Batches, Members
    from greenroom.record.links import Links
    from greenroom.record.store import Records, StreamUrls

K = TypeVar("K")


@cache
def records() -> Records:
    from greenroom.adapters.records_table import DynamoDbRecords

    settings = environment()
    return DynamoDbRecords(dynamodb(), settings.records_table, timedelta(days=int(settings.retention_days)))


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
    return DynamoDbBatches(dynamodb(), settings.batches_table, timedelta(days=int(settings.retention_days)))


@cache
def members() -> Members:
    from greenroom.adapters.members_index import DynamoDbMembers

    return DynamoDbMembers(dynamodb(), environment().records_table)


@cache
def doors() -> Doors:
    from greenroom.adapters.doors_item import DynamoDbDoors

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

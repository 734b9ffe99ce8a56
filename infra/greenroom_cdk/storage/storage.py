"""The key and the tables: what was asked and how it went, the URLs alone, what was learned, the shared pace."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from greenroom.record.items import BATCH_INDEX, CHANGING, DUE_INDEX, OWNED, OWNED_INDEX, OWNER_INDEX, Attribute
from greenroom_cdk.findings import acknowledge
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.key import Key, let_services_in
from greenroom_cdk.storage.tables import Table

_GONE_REASON = "A URL that was claimed or has expired is gone, and nobody is to bring it back"


class Storage(Construct):
    """`key`, which is made unless one is given, encrypts all that is kept.

    `records` streams its changes; `stream_urls` holds URLs until they expire.
    `schedules` has what was learned of each pool, and streams its changes too; `paces`, how fast services are called.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(scope, construct_id)
        if key:
            let_services_in(key, self)
        self.key: kms.IKey = key or Key(self, "Key", settings=settings)
        self.records = Table(
            self,
            "Records",
            key=self.key,
            settings=settings,
            variable="records_table",
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            changing=CHANGING,
            warm=settings.warm_write_units,
        )
        self.records.add_index(OWNED_INDEX, Attribute.OWNER, Attribute.CREATED_AT, *OWNED)
        if settings.keep_owner_index:
            self.records.add_index(OWNER_INDEX, Attribute.OWNER, Attribute.CREATED_AT, whole=True)
        self.records.add_index(DUE_INDEX, Attribute.OPEN, Attribute.DUE_AT)
        self.records.add_index(BATCH_INDEX, Attribute.BATCH, Attribute.STATE)
        self.batches = Table(self, "Batches", key=self.key, settings=settings, variable="batches_table")
        self.batches.add_index(DUE_INDEX, Attribute.OPEN, Attribute.DUE_AT)
        self.stream_urls = Table(
            self,
            "StreamUrls",
            key=self.key,
            settings=settings,
            variable="stream_urls_table",
            recoverable=False,
        )
        acknowledge(self.stream_urls, "AwsSolutions-DDB3", _GONE_REASON)
        self.schedules = Table(
            self,
            "Schedules",
            key=self.key,
            settings=settings,
            variable="schedules_table",
            stream=dynamodb.StreamViewType.NEW_IMAGE,
        )
        self.paces = Table(self, "Paces", key=self.key, settings=settings, variable="paces_table")

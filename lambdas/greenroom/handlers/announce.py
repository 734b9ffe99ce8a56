from __future__ import annotations

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from greenroom import bootstrap
from greenroom.delivery.outbox import pass_on
from greenroom.handlers.changes import changes
from greenroom.observability import metrics
from greenroom.record.items import from_item

queue, records, frames = bootstrap.delivery_queue(), bootstrap.records(), bootstrap.websocket()


def announce(change: DynamoDBRecord) -> None:
    """Queue the outcome of a request that has ended or got a fresh URL, or show the progress of one that has not."""
    if change.dynamodb and change.dynamodb.new_image and change.dynamodb.old_image:
        before, after = from_item(change.dynamodb.old_image), from_item(change.dynamodb.new_image)
        if pass_on(before, after, queue=queue, records=records, frames=frames):
            metrics.add_metric(name=f"stream.{after.state}", unit="Count", value=1)


handler = changes(announce)

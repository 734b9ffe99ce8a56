from __future__ import annotations

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from greenroom import bootstrap
from greenroom.domain.values import utc_now
from greenroom.flow.release import RELEASE_FAILED, release
from greenroom.handlers.changes import changes
from greenroom.observability import logger, metrics
from greenroom.record.items import from_item

providers, records = bootstrap.providers(), bootstrap.records()


def release_session(change: DynamoDBRecord) -> None:
    """Let go what an ended request has started; the mapping's filter lets only those requests through."""
    if change.dynamodb and change.dynamodb.new_image:
        record = from_item(change.dynamodb.new_image)
        if failure := release(record, providers=providers, records=records, clock=utc_now):
            metrics.add_metric(name=RELEASE_FAILED, unit="Count", value=1)
            logger.error("Release failed", extra={"reason": failure.message})


handler = changes(release_session)

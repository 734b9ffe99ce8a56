"""Where outcomes go: the topic, the event bus, the queue of deliveries, and the queue of those that failed."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

# With a pause of up to five minutes between attempts, well past the longest life of a URL (an hour).
MAX_ATTEMPTS = 20
DELIVER_TIMEOUT = Duration.seconds(30)


class Channels(Construct):
    """All encrypted with one key, all refusing plain HTTP."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", display_name="Greenroom", enforce_ssl=True, master_key=key)
        self.bus = events.EventBus(self, "Bus", description="Requests for streams, and what became of them")
        self.dead_letter_queue = sqs.Queue(
            self,
            "DeadLetterQueue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.delivery_queue = sqs.Queue(
            self,
            "DeliveryQueue",
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=MAX_ATTEMPTS, queue=self.dead_letter_queue),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            # Six times the consumer's timeout, as Lambda's guide asks, so that no attempt overlaps another.
            visibility_timeout=Duration.seconds(DELIVER_TIMEOUT.to_seconds() * 6),
        )

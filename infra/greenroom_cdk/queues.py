"""Queues that link themselves to functions: encrypted with one key, refusing plain HTTP."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from greenroom_cdk.functions import Function

# Attempts are counted by the record; `Deliver` itself gives a delivery up. The queue's own count is of receives, and a
# receive is no attempt where Lambda throttles: it tries to call the function until the visibility timeout is over, and
# then lets go of the message, which is received again.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
# So the redrive policy has SQS's largest count, and a visibility timeout with which a thousand receives take 100 hours.
# That is the time for which Lambda may throttle; after it the dead-letter queue has the delivery, a day and more before
# this one would drop it without a trace. No concurrency is reserved for `Deliver`: it would be taken from the flow, and
# accounts with less than 110 have none to reserve: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
_LARGEST_RECEIVE_COUNT = 1_000
# At least six times the consumer's timeout, too: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_VISIBILITY_TIMEOUT = Duration.minutes(6)
_DELIVERY_RETENTION = Duration.days(6)
# SQS's most in one batch that waits for no more.
_BATCH = 10
# SQS's longest. It counts from the first send, also for what a redrive policy moves, so a dead letter comes with up to
# six of its days spent: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
_LONGEST_RETENTION = Duration.days(14)


# SQS's largest. Of a queue that does not say so, the default is smaller in some regions:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_LARGEST_MESSAGE = 1024 * 1024


class Queue(sqs.Queue):
    """Keeps what it holds for two weeks, unless told otherwise. Functions know its URL by `variable`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        variable: str,
        retention: Duration = _LONGEST_RETENTION,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
        visibility_timeout: Duration | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            dead_letter_queue=dead_letter_queue,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            max_message_size_bytes=_LARGEST_MESSAGE,
            retention_period=retention,
            visibility_timeout=visibility_timeout,
        )
        self._variable = variable

    def link(self, function: Function) -> None:
        """Let a function send."""
        self._tell(function)
        self.grant_send_messages(function)

    def _tell(self, function: Function) -> None:
        function.tell(**{self._variable: self.queue_url})


class DeliveryQueue(Queue):
    """Gives a delivery to its consumer until that lets go of it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, variable: str, dead_letter_queue: sqs.IQueue
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            variable=variable,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=_LARGEST_RECEIVE_COUNT, queue=dead_letter_queue),
            retention=_DELIVERY_RETENTION,
            visibility_timeout=_VISIBILITY_TIMEOUT,
        )

    def link_consumer(self, function: Function, *, max_concurrency: int) -> None:
        """Let a function take deliveries, as many as there are at once, up to ten: it works on all of them in parallel.

        `max_concurrency` (2 to 1,000) is for the whole queue: slow webhooks leave the account's concurrency to others.
        The mapping reads no more than it may have under way, so its own limit throttles nothing:
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
        """
        self._tell(function)
        function.add_event_source(
            event_sources.SqsEventSource(
                self, batch_size=_BATCH, max_concurrency=max_concurrency, report_batch_item_failures=True
            )
        )

"""Queues that link themselves to functions: encrypted with one key, refusing plain HTTP."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from greenroom.delivery.attempts import ATTEMPT_SECONDS, MAX_ATTEMPTS
from greenroom_cdk.functions import Function

# The queue outlives the longest way of a delivery: 20 attempts with pauses of up to an hour are 20 hours.
_DELIVERY_RETENTION = Duration.days(4)
# SQS's longest. It counts from the first send, also for what a redrive policy moves, so a dead letter comes with up to
# four of its days spent: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
_LONGEST_RETENTION = Duration.days(14)


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
    """Gives a delivery to its consumer up to MAX_ATTEMPTS times, then to the dead-letter queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, variable: str, dead_letter_queue: sqs.IQueue
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            variable=variable,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=MAX_ATTEMPTS, queue=dead_letter_queue),
            retention=_DELIVERY_RETENTION,
            # Six times the consumer's timeout, so that no attempt overlaps another:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
            visibility_timeout=Duration.seconds(6 * ATTEMPT_SECONDS),
        )

    def link_consumer(self, function: Function, *, max_concurrency: int) -> None:
        """Let a function take deliveries, one an invocation, so that a slow webhook delays no other.

        `max_concurrency` (2 to 1,000) is for the whole queue: slow webhooks leave the account's concurrency to others.
        """
        self._tell(function)
        function.add_event_source(
            event_sources.SqsEventSource(
                self, batch_size=1, max_concurrency=max_concurrency, report_batch_item_failures=True
            )
        )

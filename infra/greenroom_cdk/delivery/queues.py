"""Queues, encrypted with one key, that refuse plain HTTP, and grant functions the address with the permission."""

from __future__ import annotations

from typing import cast

import jsii
from aws_cdk import Duration, Names
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from greenroom_cdk.functions import Function
from greenroom_cdk.storage.key import TO_RECEIVE, TO_SEND, by_way_of, grant_by_way_of

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
# What counts, takes and deletes messages.
_TO_TAKE = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]


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
        self._key = key
        self._variable = variable

    def grant_put(self, function: Function) -> None:
        """Let a function send."""
        self._tell(function)
        self._let_send(function)

    def grant_leftovers(self, function: Function) -> None:
        """Keep the events that a function could not handle when it was called asynchronously.

        Lambda sends them with the function's role.
        """
        function.configure_async_invoke(on_failure=cast("lambda_.IDestination", _Destination(self.queue_arn)))
        self._let_send(function)

    def grant_send(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody send, and nothing else: CDK's own grant opens the key for calls of every service."""
        return _grant(grantee, ["sqs:SendMessage"], self.queue_arn).combine(self._grant_key(grantee, TO_SEND))

    def grant_take(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody count, take and delete messages."""
        return _grant(grantee, _TO_TAKE, self.queue_arn).combine(self._grant_key(grantee, TO_RECEIVE))

    def _let_send(self, function: Function) -> None:
        function.allow(["sqs:SendMessage"], [self.queue_arn])
        grant_by_way_of(self._key, function, "sqs", TO_SEND)

    def _grant_key(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> iam.Grant:
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(actions), conditions=by_way_of("sqs"), resource_arns=[self._key.key_arn]
        )

    def _map(self, function: Function, *, batch_size: int, max_concurrency: int) -> None:
        """Call a function with the queue's messages; Lambda takes and deletes them, and the function may hide them."""
        # As CDK's SqsEventSource names it: under another name an update would make a second mapping of the two, which
        # Lambda refuses, before it deletes the first.
        function.add_event_source_mapping(
            f"SqsEventSource:{Names.node_unique_id(self.node)}",
            batch_size=batch_size,
            event_source_arn=self.queue_arn,
            max_concurrency=max_concurrency,
            report_batch_item_failures=True,
        )
        function.let_lambda(_TO_TAKE, [self.queue_arn])
        function.allow(["sqs:ChangeMessageVisibility"], [self.queue_arn])
        grant_by_way_of(self._key, function, "sqs", TO_RECEIVE)

    def _tell(self, function: Function) -> None:
        function.set_environment(**{self._variable: self.queue_url})


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

    def add_consumer(self, function: Function, *, max_concurrency: int) -> None:
        """Let a function take deliveries, as many as there are at once, up to ten: it works on all of them in parallel.

        `max_concurrency` (2 to 1,000) is for the whole queue: slow webhooks leave the account's concurrency to others.
        The mapping reads no more than it may have under way, so its own limit throttles nothing:
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
        """
        self._tell(function)
        self._map(function, batch_size=_BATCH, max_concurrency=max_concurrency)


@jsii.implements(lambda_.IDestination)
class _Destination:
    """A queue by its ARN, without the permissions that CDK's SqsDestination grants."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def bind(
        self,
        scope: Construct,  # noqa: ARG002  # the interface has it
        fn: lambda_.IFunction,  # noqa: ARG002  # as above
        *,
        type: lambda_.DestinationType,  # noqa: A002, ARG002  # as above
    ) -> lambda_.DestinationConfig:
        return lambda_.DestinationConfig(destination=self._arn)


def _grant(grantee: iam.IGrantable, actions: list[str], arn: str) -> iam.Grant:
    return iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=[arn])

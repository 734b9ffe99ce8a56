"""The way in by event: `Stream Requested` on the bus waits in a queue, from which the flow is started."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from greenroom.delivery.event_requests import AT_ONCE, HIDDEN_SECONDS, MAX_RECEIVES
from greenroom.record.items import EVENTS
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.outcomes import REJECTIONS, REQUESTED
from greenroom_cdk.delivery.queues import Queue
from greenroom_cdk.flow.executions import Executions
from greenroom_cdk.function_environment import validation_environment
from greenroom_cdk.functions import Function, FunctionFactory
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.storage import Storage


class EventRequestsQueue(Queue):
    """The events that wait to be started: a burst of them is larger than what Step Functions starts at once."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, rejected_requests: sqs.IQueue) -> None:
        super().__init__(
            scope,
            construct_id,
            key=key,
            variable="event_requests_queue_url",
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=MAX_RECEIVES, queue=rejected_requests),
            visibility_timeout=Duration.seconds(HIDDEN_SECONDS),
        )

    def add_consumer(self, function: Function) -> None:
        """Let a function take events, one an invocation, so that one that hangs holds up no other."""
        self._tell(function)
        self._map(function, batch_size=1, max_concurrency=AT_ONCE)

    def add_rule(self, rule: events.Rule, rejected_requests: sqs.IQueue) -> None:
        """Have a rule send its events here; those that it cannot send go to the rejected requests.

        CDK's grant for an encrypted queue would let every rule of the account send. The key's own policy lets
        EventBridge encrypt.
        """
        arn = sqs.Queue.from_queue_arn(self, "Address", self.queue_arn)
        rule.add_target(targets.SqsQueue(arn, dead_letter_queue=rejected_requests))
        self.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}},
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                resources=[self.queue_arn],
            )
        )


class EventRequests(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        executions: Executions,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        rejected_requests = channels.rejected_requests_queue
        self.queue = EventRequestsQueue(self, "Queue", key=key, rejected_requests=rejected_requests)
        self.accept_event = functions.make(self, "AcceptEvent")
        self.accept_event.set_environment(**validation_environment(settings))
        storage.paces.grant_items(self.accept_event, "PutItem", ids=[f"{EVENTS}*"])
        executions.grant_start(self.accept_event)
        executions.grant_find(self.accept_event)
        channels.bus.grant(self.accept_event, REJECTIONS)
        rejected_requests.grant_put(self.accept_event)
        self.queue.add_consumer(self.accept_event)
        rule = events.Rule(
            self,
            "StreamRequested",
            description="Requests for streams that come as events",
            event_bus=channels.bus.bus,
            event_pattern=events.EventPattern(detail_type=[REQUESTED]),
        )
        self.queue.add_rule(rule, rejected_requests)

"""The topic and the bus that outcomes go to, the queue of deliveries, and the queues of what needs a person."""

from __future__ import annotations

from collections.abc import Collection

from aws_cdk import RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from greenroom_cdk.delivery.imported import check_bus, check_topic
from greenroom_cdk.delivery.outcomes import OutcomeType, only, only_requests
from greenroom_cdk.delivery.queues import DeliveryQueue, Queue
from greenroom_cdk.functions import Function
from greenroom_cdk.storage.key import TO_SEND, grant_by_way_of


class Topic:
    """The topic of outcomes, made here or given. A given one may have no key, or one of its own."""

    def __init__(self, topic: sns.ITopic) -> None:
        self.topic = topic
        self.topic_arn = topic.topic_arn

    def grant(self, function: Function) -> None:
        """Let a function publish."""
        function.set_environment(topic_arn=self.topic_arn)
        function.allow(["sns:Publish"], [self.topic_arn])
        if key := self.topic.master_key:
            grant_by_way_of(key, function, "sns", TO_SEND)


class Bus:
    """The bus of requests and outcomes, made here or given."""

    def __init__(self, bus: events.IEventBus) -> None:
        self.bus = bus
        self.event_bus_name = bus.event_bus_name

    def grant(self, function: Function, types: Collection[OutcomeType]) -> None:
        """Let a function put Greenroom's events of these types, and no others."""
        function.set_environment(event_bus_name=self.event_bus_name)
        function.allow(["events:PutEvents"], [self.bus.event_bus_arn], conditions=only(types))

    def grant_request(self, grantee: iam.IGrantable, source: str | None) -> iam.Grant:
        """Let somebody put requests; ValueError for Greenroom's own source."""
        arns = [self.bus.event_bus_arn]
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["events:PutEvents"], conditions=only_requests(source), resource_arns=arns
        )


class Channels(Construct):
    """`dead_letter_queue` holds deliveries that failed, and nothing else.

    `rejected_requests_queue` holds requests whose sender gets no answer: refused ones, and events that did not reach
    their function or that it could not handle.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        topic: sns.ITopic | None,
        bus: events.IEventBus | None,
    ) -> None:
        super().__init__(scope, construct_id)
        if topic:
            check_topic(topic, self)
        if bus:
            check_bus(bus, self)
        self.topic = Topic(
            topic or sns.Topic(self, "Topic", display_name="Greenroom", enforce_ssl=True, master_key=key)
        )
        self.bus = Bus(bus or events.EventBus(self, "Bus", description="Requests for streams, and what became of them"))
        self.rejected_requests_queue = Queue(
            self, "RejectedRequestsQueue", key=key, variable="rejected_requests_queue_url"
        )
        self.dead_letter_queue = Queue(self, "DeadLetterQueue", key=key, variable="dead_letter_queue_url")
        self.delivery_queue = DeliveryQueue(
            self,
            "DeliveryQueue",
            key=key,
            variable="delivery_queue_url",
            dead_letter_queue=self.dead_letter_queue,
        )

    def keep_letters(self, policy: RemovalPolicy) -> None:
        """Say what becomes of the letters when the stack is deleted: no record has what they say."""
        for queue in (self.dead_letter_queue, self.rejected_requests_queue):
            queue.apply_removal_policy(policy)

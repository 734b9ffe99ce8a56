"""The way in by event: `Stream Requested` on the bus starts the flow."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from greenroom_cdk.channels import Channels
from greenroom_cdk.executions import Executions
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.rules import door_rules
from greenroom_cdk.settings import Settings


class EventRequests(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        channels: Channels,
        executions: Executions,
    ) -> None:
        super().__init__(scope, construct_id)
        queue = channels.rejected_requests_queue
        self.accept_event = functions.make(self, "AcceptEvent")
        self.accept_event.tell(**door_rules(settings))
        self.accept_event.configure_async_invoke(
            max_event_age=Duration.hours(1),
            on_failure=destinations.SqsDestination(queue),
            retry_attempts=2,
        )
        executions.link_start(self.accept_event)
        channels.bus.link(self.accept_event)
        queue.link(self.accept_event)
        events.Rule(
            self,
            "StreamRequested",
            description="Requests for streams that come as events",
            event_bus=channels.bus.bus,
            event_pattern=events.EventPattern(detail_type=["Stream Requested"]),
            targets=[targets.LambdaFunction(self.accept_event, dead_letter_queue=queue)],
        )

"""The way in by event: `Stream Requested` on the bus starts the flow."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.channels import Channels
from infra.task_function import FunctionFactory


class EventRequests(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: FunctionFactory,
        channels: Channels,
        state_machine: sfn.IStateMachine,
        callback_hosts: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.accept_event = functions.make(
            self,
            "AcceptEvent",
            environment={
                "CALLBACK_HOSTS": ",".join(callback_hosts),
                "STATE_MACHINE_ARN": state_machine.state_machine_arn,
                "EVENT_BUS_NAME": channels.bus.event_bus_name,
                "DEAD_LETTER_QUEUE_URL": channels.dead_letter_queue.queue_url,
            },
        )
        self.accept_event.configure_async_invoke(
            max_event_age=Duration.hours(1),
            on_failure=destinations.SqsDestination(channels.dead_letter_queue),
            retry_attempts=2,
        )
        state_machine.grant_start_execution(self.accept_event)
        channels.bus.grant_put_events_to(self.accept_event)
        channels.dead_letter_queue.grant_send_messages(self.accept_event)
        events.Rule(
            self,
            "StreamRequested",
            description="Requests for streams that come as events",
            event_bus=channels.bus,
            event_pattern=events.EventPattern(detail_type=["Stream Requested"]),
            targets=[targets.LambdaFunction(self.accept_event, dead_letter_queue=channels.dead_letter_queue)],
        )

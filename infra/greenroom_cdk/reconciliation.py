"""The functions that end requests, announce outcomes and release sessions where the flow did not."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from greenroom.flow.reconciliation import JOB
from greenroom.record.items import DUE_INDEX, EVENTS, HOLDER
from greenroom_cdk.changes import RELEASED
from greenroom_cdk.channels import Channels
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.outcomes import REJECTIONS
from greenroom_cdk.providers import Providers
from greenroom_cdk.rules import request_rules
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage import Storage
from greenroom_cdk.workflow import Workflow


class Reconciliation(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        workflow: Workflow,
        providers: Providers,
    ) -> None:
        super().__init__(scope, construct_id)
        self.reconcile = functions.make(self, "Reconcile")
        self.reconcile.tell(**request_rules(settings))
        storage.records.link(self.reconcile, "GetItem", "PutItem", "UpdateItem")
        storage.schedules.link(self.reconcile, "GetItem")
        storage.paces.link_items(self.reconcile, "GetItem", ids=[f"{EVENTS}*"])
        channels.bus.link(self.reconcile, REJECTIONS)
        channels.rejected_requests_queue.link(self.reconcile)
        workflow.executions.link_find(self.reconcile)
        workflow.executions.link_ends(self, self.reconcile, queue=channels.rejected_requests_queue)

        # Four jobs, of which each has its own time, and may be in its last call then.
        self.sweep = functions.make(self, "Sweep", timeout=Duration.seconds(4 * (JOB.seconds + 25)))
        storage.records.link(self.sweep, "GetItem", "UpdateItem")
        storage.records.link_index(self.sweep, DUE_INDEX)
        workflow.executions.link_stop(self.sweep)
        channels.delivery_queue.link(self.sweep)
        schedule = events.Schedule.rate(Duration.minutes(5))
        events.Rule(self, "Schedule", schedule=schedule, targets=[targets.LambdaFunction(self.sweep)])

        self.release_session = functions.make(self, "ReleaseSession")
        # One a call, and briefly: a release that fails holds up no other. What fails, the sweep asks for again.
        storage.records.link_changes(
            self.release_session, *RELEASED, batch_size=1, parallelization_factor=10, retry_attempts=3
        )
        storage.records.link(self.release_session, "UpdateItem")
        storage.paces.link_items(self.release_session, "GetItem", ids=[f"{HOLDER}*"])
        providers.link(self.release_session, "release")

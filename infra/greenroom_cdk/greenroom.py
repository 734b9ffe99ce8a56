"""The construct: Greenroom, whole, in a stack of one's own or in its own."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Annotations, Names
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from greenroom_cdk.account_logs import AccountLogs
from greenroom_cdk.api import Api
from greenroom_cdk.asset import code_for
from greenroom_cdk.batches import Batches
from greenroom_cdk.channels import Channels
from greenroom_cdk.dashboard import Dashboard
from greenroom_cdk.delivery import Delivery
from greenroom_cdk.event_requests import EventRequests
from greenroom_cdk.findings import acknowledge_anything
from greenroom_cdk.functions import FunctionFactory, functions_of, log_groups_of
from greenroom_cdk.identity_settings import warnings
from greenroom_cdk.learning import Learning
from greenroom_cdk.limits import check_environments, check_policy
from greenroom_cdk.monitoring import Monitoring
from greenroom_cdk.network import Network
from greenroom_cdk.providers import Providers
from greenroom_cdk.queries import Queries
from greenroom_cdk.reconciliation import Reconciliation
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage import Storage
from greenroom_cdk.surface import Surface
from greenroom_cdk.websocket_api import WebSocketApi
from greenroom_cdk.workflow import Workflow


class Greenroom(Surface):
    """Data flows one way: request → flow → provider → record → delivery.

    `settings` are the defaults where none are given, `code` is Greenroom's own. `topic`, `bus` and `key` are used in
    place of own ones. In `vpc` run the functions that call the services: in `vpc_subnets` (private ones), with
    `security_groups` (one that is made, and lets everything out). `stackName` of the settings counts for a stack of
    Greenroom's own; names are made of the construct's path. SettingsError if Lambda would refuse it, AssetError if
    there is no code.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings | None = None,
        code: lambda_.Code | None = None,
        topic: sns.ITopic | None = None,
        bus: events.IEventBus | None = None,
        key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = self._named(settings or Settings())
        self.storage = storage = Storage(self, "Storage", settings=settings, key=key)
        functions = FunctionFactory(code=code or code_for(self, settings), key=storage.key, settings=settings)
        self.channels = Channels(self, "Channels", key=storage.key, topic=topic, bus=bus)
        self.channels.keep_letters(settings.removal_policy)
        self.network = Network(
            self, settings=settings, vpc=vpc, vpc_subnets=vpc_subnets, security_groups=security_groups
        )
        self.providers = Providers(self, "Providers", settings=settings, key=storage.key, network=self.network)
        self.workflow = Workflow(
            self,
            "Workflow",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=self.channels,
            providers=self.providers,
        )
        account_logs = AccountLogs.of_stack(self, "AccountLogs", settings=settings)
        self.websocket = WebSocketApi(
            self, "WebSocketApi", settings=settings, functions=functions, storage=storage, account_logs=account_logs
        )
        self.api = Api(
            self,
            "Api",
            settings=settings,
            functions=functions,
            storage=storage,
            workflow=self.workflow,
            account_logs=account_logs,
        )
        self.batches = Batches(
            self,
            "Batches",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=self.channels,
            workflow=self.workflow,
        )
        self.batches.link_api(self.api.function)
        self.delivery = Delivery(
            self,
            "Delivery",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=self.channels,
            websocket=self.websocket,
            api=self.api,
            executions=self.workflow.executions,
        )
        learning = Learning(self, "Learning", settings=settings, functions=functions, storage=storage)
        reconciliation = Reconciliation(
            self,
            "Reconciliation",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=self.channels,
            workflow=self.workflow,
            providers=self.providers,
        )
        event_requests = EventRequests(
            self,
            "EventRequests",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=self.channels,
            executions=self.workflow.executions,
            key=storage.key,
        )
        self.monitoring = Monitoring(
            self,
            "Monitoring",
            settings=settings,
            key=storage.key,
            channels=self.channels,
            workflow=self.workflow,
            delivery=self.delivery,
            reconciliation=reconciliation,
            event_requests=event_requests,
            api=self.api,
            batches=self.batches,
            learning=learning,
        )
        self.dashboard = Dashboard(
            self,
            "Dashboard",
            settings=settings,
            channels=self.channels,
            workflow=self.workflow,
            api=self.api,
            functions=functions_of(self),
            alarms=self.monitoring.alarms,
        )
        self._identity_rules = len(settings.identities)
        for warning, text in warnings(settings):
            Annotations.of(self).add_warning_v2(warning, text)
        Queries(self, "Queries", settings=settings, log_groups=log_groups_of(self))
        acknowledge_anything(self, self.providers.on_anything)
        check_environments(self, settings)
        check_policy(self.delivery.deliver, settings, "callback_api_arns")

    def _named(self, settings: Settings) -> Settings:
        """With a name that no other deployment has: in a stack of Greenroom's own it is the stack's."""
        name = Names.unique_resource_name(self, allowed_special_characters="-", max_length=80, separator="-")
        return settings.model_copy(update={"stack_name": name})

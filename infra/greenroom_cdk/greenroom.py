"""The construct: Greenroom, whole, in a stack of one's own or in its own."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from greenroom_cdk.account_logs import AccountLogs
from greenroom_cdk.api import Api
from greenroom_cdk.batches import Batches
from greenroom_cdk.channels import Channels
from greenroom_cdk.delivery import Delivery
from greenroom_cdk.environment_limit import check_environments
from greenroom_cdk.event_requests import EventRequests
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.learning import Learning
from greenroom_cdk.monitoring import Monitoring
from greenroom_cdk.providers import Providers
from greenroom_cdk.reconciliation import Reconciliation
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage import Storage
from greenroom_cdk.websocket_api import WebSocketApi
from greenroom_cdk.workflow import Workflow


class Greenroom(Construct):
    """Data flows one way: request → flow → provider → record → delivery. SettingsError if Lambda would refuse it."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, code: lambda_.Code) -> None:
        super().__init__(scope, construct_id)
        storage = Storage(self, "Storage", settings=settings)
        functions = FunctionFactory(code=code, key=storage.key, settings=settings)
        self.channels = Channels(self, "Channels", key=storage.key)
        self.providers = Providers(self, "Providers", settings=settings, key=storage.key)
        self.workflow = Workflow(
            self,
            "Workflow",
            settings=settings,
            functions=functions,
            storage=storage,
            channels=self.channels,
            providers=self.providers,
        )
        account_logs = AccountLogs(self, "AccountLogs", settings=settings)
        self.websocket = WebSocketApi(self, "WebSocketApi", functions=functions, account_logs=account_logs)
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
            executions=self.workflow.executions,
        )
        Learning(self, "Learning", settings=settings, functions=functions, storage=storage)
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
            channels=self.channels,
            executions=self.workflow.executions,
        )
        Monitoring(
            self,
            "Monitoring",
            settings=settings,
            key=storage.key,
            channels=self.channels,
            workflow=self.workflow,
            delivery=self.delivery,
            reconciliation=reconciliation,
            event_requests=event_requests,
        )
        check_environments(self)

"""The construct: Greenroom, whole, in a stack of its own or of an app's, with what the app may use of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from aws_cdk import Annotations, Names
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from greenroom_cdk.api import websocket_api
from greenroom_cdk.api.account_logs import AccountLogs
from greenroom_cdk.api.rest_api import STAGE, Api
from greenroom_cdk.api.websocket_api import WebSocketApi
from greenroom_cdk.asset import code_for
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.delivery import Delivery
from greenroom_cdk.delivery.event_requests import EventRequests
from greenroom_cdk.delivery.outcomes import OutcomeType, pattern_of
from greenroom_cdk.findings import acknowledge_anything
from greenroom_cdk.flow.batches import Batches
from greenroom_cdk.flow.learning import Learning
from greenroom_cdk.flow.reconciliation import Reconciliation
from greenroom_cdk.flow.workflow import Workflow
from greenroom_cdk.functions import FunctionFactory, functions_of, log_groups_of
from greenroom_cdk.limits import check_environments, check_policy
from greenroom_cdk.network import Network
from greenroom_cdk.providers import Providers
from greenroom_cdk.settings import Settings, identities, providers
from greenroom_cdk.storage.storage import Storage
from greenroom_cdk.watching.dashboard import Dashboard
from greenroom_cdk.watching.monitoring import Monitoring
from greenroom_cdk.watching.queries import Queries


class Greenroom(Construct):
    """Data flows one way: request → flow → provider → record → delivery.

    `settings` are the defaults where none are given, `code` is Greenroom's own. `topic`, `bus` and `key` are used in
    place of own ones. In `vpc` run the functions that call the services: in `vpc_subnets` (private ones), with
    `security_groups` (one that is made, and lets everything out). `stackName` of the settings counts for a stack of
    Greenroom's own; names are made of the construct's path. SettingsError if Lambda would refuse it, AssetError if
    there is no code.

    The other public properties and methods are the construct's contract; its parts (`storage`, `channels`, `workflow`,
    …) may change from release to release.
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
        self.batches.grant_api(self.api.function)
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
        for warning, text in (*identities.warnings(settings), *providers.warnings(settings.providers)):
            Annotations.of(self).add_warning_v2(warning, text)
        Queries(self, "Queries", settings=settings, log_groups=log_groups_of(self))
        acknowledge_anything(self, self.providers.on_anything)
        check_environments(self, settings)
        check_policy(self.delivery.deliver, settings, "callback_api_arns")

    def _named(self, settings: Settings) -> Settings:
        """Return the settings with a unique name; in a stack of Greenroom's own, the stack's name."""
        name = Names.unique_resource_name(self, allowed_special_characters="-", max_length=80, separator="-")
        return settings.model_copy(update={"stack_name": name})

    @property
    def api_url(self) -> str:
        """Base of the API, with a slash at its end: the custom domain's where the default endpoint is disabled."""
        return self.api.callers_url

    @property
    def websocket_url(self) -> str:
        """The address that WebSocket clients connect to."""
        return self.websocket.url

    @property
    def topic(self) -> sns.ITopic:
        """The topic of outcomes, URLs included: the one passed to the construct, or its own."""
        return self.channels.topic.topic

    @property
    def bus(self) -> events.IEventBus:
        """The bus of requests and outcomes, without URLs: the one passed to the construct, or its own."""
        return self.channels.bus.bus

    @property
    def key(self) -> kms.IKey:
        """The key of all stored data: the one passed to the construct, or its own."""
        return self.storage.key

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The flow of a request."""
        return self.workflow.state_machine

    @property
    def delivery_queue(self) -> sqs.IQueue:
        """The deliveries that are still to be made."""
        return self.channels.delivery_queue

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """The deliveries that were given up."""
        return self.channels.dead_letter_queue

    @property
    def rejected_requests_queue(self) -> sqs.IQueue:
        """The refused requests whose sender gets no answer."""
        return self.channels.rejected_requests_queue

    @property
    def webhook_secret(self) -> secretsmanager.ISecret:
        """The secret that the secrets of receivers are made of, which sign webhooks (HMAC)."""
        return self.delivery.webhook_secret

    @property
    def webhook_signing_key(self) -> secretsmanager.ISecret:
        """The private key that signs webhooks (ed25519)."""
        return self.delivery.webhook_signing_key

    @property
    def link_secret(self) -> secretsmanager.ISecret:
        """The secret that signs the links to waiting rooms."""
        return self.api.link_secret

    @property
    def alarm_topic(self) -> sns.ITopic:
        """The topic that alarms go to."""
        return self.monitoring.topic

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the functions that call streaming services; outside of a VPC, without a security group."""
        return self.network.connections

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs, by the names that the command line looks for in a stack."""
        return {
            "StateMachineArn": self.state_machine.state_machine_arn,
            "ApiUrl": self.api_url,
            "WebSocketUrl": self.websocket_url,
            "TopicArn": self.topic.topic_arn,
            "EventBusName": self.bus.event_bus_name,
            "DeadLetterQueueUrl": self.dead_letter_queue.queue_url,
            "RejectedRequestsQueueUrl": self.rejected_requests_queue.queue_url,
            "DeliveryQueueUrl": self.delivery_queue.queue_url,
            "DashboardName": self.dashboard.name,
            "WebhookSecretArn": self.webhook_secret.secret_arn,
            "WebhookSigningKeyArn": self.webhook_signing_key.secret_arn,
            "LinkSecretArn": self.link_secret.secret_arn,
            "IdentityRules": str(self._identity_rules),
            **self.providers.outputs,
        }

    def grant_request(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody ask for streams by the API, and see, list and cancel their own requests, URLs included."""
        return self._grant_invoke(grantee, "POST/streams", "GET/streams", "GET/streams/*", "DELETE/streams/*")

    def grant_batches(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody ask for many streams at once, and see, list and cancel their own batches."""
        calls = ("POST/batches", "GET/batches/*", "DELETE/batches/*", "GET/streams")
        return self._grant_invoke(grantee, *calls)

    def grant_waiting_room(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody make links to the waiting rooms of their own requests, and revoke them.

        Such a link opens the stream.
        """
        return self._grant_invoke(grantee, "POST/streams/*/waiting-room", "DELETE/streams/*/waiting-room")

    def grant_claim(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody claim the URLs of their own requests that announce none."""
        return self._grant_invoke(grantee, "POST/streams/*/claim")

    def grant_connect(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody connect to the WebSocket API."""
        route = self.websocket.api.arn_for_execute_api_v2("$connect", websocket_api.STAGE)
        return iam.Grant.add_to_principal(grantee=grantee, actions=["execute-api:Invoke"], resource_arns=[route])

    def grant_request_by_event(self, grantee: iam.IGrantable, *, source: str | None = None) -> iam.Grant:
        """Let somebody ask for streams by events, which come from this source, or from any but Greenroom's own.

        ValueError for `greenroom`: what becomes of a request is for Greenroom to announce.
        """
        return self.channels.bus.grant_request(grantee, source)

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody ask for streams by StartExecution."""
        return self.state_machine.grant_start_execution(grantee)

    def grant_redrive(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let somebody move what could not be delivered back into the delivery queue."""
        taken = self.channels.dead_letter_queue.grant_take(grantee)
        return taken.combine(self.channels.delivery_queue.grant_send(grantee))

    def on_outcome(
        self, construct_id: str, *, target: events.IRuleTarget, types: Collection[OutcomeType] | None = None
    ) -> events.Rule:
        """Send outcomes of these types (all, without any) from the bus to a target. They have no URL there."""
        return events.Rule(self, construct_id, event_bus=self.bus, event_pattern=pattern_of(types), targets=[target])

    def _grant_invoke(self, grantee: iam.IGrantable, *calls: str) -> iam.Grant:
        """Grant calls of the API: methods and paths, such as `GET/streams/*`."""
        split = [call.partition("/") for call in calls]
        arns = [self.api.rest_api.arn_for_execute_api(method, f"/{path}", STAGE) for method, _, path in split]
        return iam.Grant.add_to_principal(grantee=grantee, actions=["execute-api:Invoke"], resource_arns=arns)

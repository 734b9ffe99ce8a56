"""The state machine, its tasks, and what each of them may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.channels import Channels
from infra.findings import acknowledge
from infra.storage import Storage
from infra.task_function import FunctionFactory, TaskFunction

DEFINITION = Path(__file__).parent.parent / "statemachine" / "stream.asl.json"

_SESSIONS_FINDING = (
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:nimble:<AWS::Region>:<AWS::AccountId>:streaming-session/*]"
)
_SESSIONS_REASON = "A session is named by the request; which ones exist is known only when it comes"
_SERVICE_REASON = "Log delivery and X-Ray have no resource ARNs"


class Workflow(Construct):
    """`state_machine` runs `statemachine/stream.asl.json`; each task has the name of its state."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        request_defaults: Mapping[str, str],
        nimble_endpoint_url: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._functions = functions
        self._storage = storage
        requests = {"REQUESTS_TABLE": storage.requests.table_name}
        connections = {"CONNECTIONS_TABLE": storage.connections.table_name}
        rejection = {
            "CALLBACK_HOSTS": request_defaults["CALLBACK_HOSTS"],
            "EVENT_BUS_NAME": channels.bus.event_bus_name,
            "DEAD_LETTER_QUEUE_URL": channels.dead_letter_queue.queue_url,
        }
        # The name by which boto3 itself finds the endpoint of one service.
        self.provider = {"AWS_ENDPOINT_URL_NIMBLE": nimble_endpoint_url} if nimble_endpoint_url else {}
        self.tasks = {
            "AcceptRequest": self._task("AcceptRequest", {**requests, **request_defaults}),
            "RejectRequest": self._task("RejectRequest", rejection),
            "PrepareSession": self._task("PrepareSession", requests | self.provider),
            "CreateStream": self._task("CreateStream", requests | self.provider),
            "GetStream": self._task("GetStream", requests | self.provider),
            "ConnectStream": self._task("ConnectStream", connections | self.provider),
            "PublishReady": self._task("PublishReady", requests),
            "PublishFailure": self._task("PublishFailure", requests),
        }
        self._grant(channels)
        # Named, so that the ARN of its executions is known to those who may stop them.
        self.state_machine_name = Stack.of(self).stack_name
        self.state_machine = self._state_machine()

    def grant_stop(self, function: TaskFunction) -> None:
        """Let a function stop executions of this state machine."""
        name = f"{self.state_machine_name}:*"
        arn = Stack.of(self).format_arn(
            service="states", resource="execution", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        function.allow(["states:StopExecution"], [arn])
        finding = f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{name}"
        reason = "An execution is named by its request; this is every execution of the one state machine"
        acknowledge(function.own_role, f"AwsSolutions-IAM5[Resource::{finding}]", reason)

    def _task(self, state: str, environment: Mapping[str, str]) -> TaskFunction:
        return self._functions.make(self, state, environment=environment)

    def _grant(self, channels: Channels) -> None:
        self._storage.grant_requests(self.tasks["AcceptRequest"], "dynamodb:GetItem", "dynamodb:PutItem")
        for state in ("PrepareSession", "CreateStream", "GetStream", "PublishReady", "PublishFailure"):
            self._storage.grant_requests(self.tasks[state], "dynamodb:UpdateItem")
        self._storage.grant_connections(self.tasks["ConnectStream"], "dynamodb:PutItem")
        channels.bus.grant_put_events_to(self.tasks["RejectRequest"])
        channels.dead_letter_queue.grant_send_messages(self.tasks["RejectRequest"])
        nimble = {
            "PrepareSession": ["nimble:GetStreamingSession", "nimble:StartStreamingSession"],
            "CreateStream": ["nimble:CreateStreamingSessionStream"],
            "GetStream": ["nimble:GetStreamingSessionStream"],
            "ConnectStream": ["nimble:GetStreamingSessionStream"],
        }
        for state, actions in nimble.items():
            self.grant_provider(self.tasks[state], actions)

    def grant_provider(self, function: TaskFunction, actions: Sequence[str]) -> None:
        """Let a function call these operations of the streaming service, on any session."""
        sessions = Stack.of(self).format_arn(service="nimble", resource="streaming-session", resource_name="*")
        function.allow(actions, [sessions])
        acknowledge(function.own_role, _SESSIONS_FINDING, _SESSIONS_REASON)

    def _state_machine(self) -> sfn.StateMachine:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        arns = {state: task.function_arn for state, task in self.tasks.items()}
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(arns.values())))
        machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="Greenroom: from a request for a stream to its one outcome",
            definition_body=sfn.DefinitionBody.from_string(DEFINITION.read_text(encoding="utf-8")),
            definition_substitutions=arns,
            logs=sfn.LogOptions(
                destination=self._functions.log_group(self, "StateMachineLogs"),
                # Requests name people and places; the history has the data for those who may read it.
                include_execution_data=False,
                level=sfn.LogLevel.ALL,
            ),
            role=role,
            state_machine_name=self.state_machine_name,
            tracing_enabled=True,
        )
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", _SERVICE_REASON)
        return machine

"""The state machine, and its tasks with what each of them may use.

RecordReady alone has no function: Step Functions itself writes to the table.
"""

from __future__ import annotations

from aws_cdk import Aws, Duration
from constructs import Construct

from greenroom.domain.doors import DOORS_ITEM
from greenroom.record.items import CONNECTIONS, EVENTS, EXPIRY_OF_URL, HOLDER, HOST, STATES, USAGE
from greenroom_cdk.asset.paths import STATE_MACHINES
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.outcomes import REJECTIONS
from greenroom_cdk.flow.executions import Executions
from greenroom_cdk.flow.state_machine import StateMachine
from greenroom_cdk.function_environment import request_environment, validation_environment
from greenroom_cdk.functions import DEFAULT_TIMEOUT, FunctionFactory
from greenroom_cdk.providers import Providers
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.storage import Storage

DEFINITION = STATE_MACHINES / "stream.asl.json"
# PrepareSession calls the service twice where the session is ready.
TIMEOUTS = {"PrepareSession": Duration.seconds(60)}
TASKS = ("AcceptRequest", "RejectRequest", "PrepareSession", "CreateStream", "GetStream", "RecordFailure")
# What is in the table of paces and is none.
NO_PACES = (DOORS_ITEM, f"{HOLDER}*", f"{HOST}*", f"{CONNECTIONS}*", f"{EVENTS}*", f"{USAGE}*")
_UPDATE_ITEM = "states:::dynamodb:updateItem"


class Workflow(Construct):
    """`state_machine` runs `statemachine/stream.asl.json`; each task has the name of its state."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: FunctionFactory,
        storage: Storage,
        channels: Channels,
        providers: Providers,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tasks = {
            state: functions.make(self, state, timeout=TIMEOUTS.get(state, DEFAULT_TIMEOUT)) for state in TASKS
        }
        self._grant_checks(settings, storage, channels)
        self._grant_provider(storage, providers)
        self._grant_records(storage)
        self.state_machine = self._state_machine(settings.stack_name, functions, storage)
        self.executions = Executions(self.state_machine, variable="state_machine_arn", name=settings.stack_name)

    def _grant_checks(self, settings: Settings, storage: Storage, channels: Channels) -> None:
        accept, reject = self._tasks["AcceptRequest"], self._tasks["RejectRequest"]
        accept.set_environment(**request_environment(settings))
        storage.records.grant_calls(accept, "GetItem", "PutItem")
        storage.schedules.grant_calls(accept, "GetItem")
        storage.paces.grant_items(accept, "GetItem", ids=[DOORS_ITEM, f"{EVENTS}*"])
        reject.set_environment(**validation_environment(settings))
        channels.bus.grant(reject, REJECTIONS)
        channels.rejected_requests_queue.grant_put(reject)

    def _grant_provider(self, storage: Storage, providers: Providers) -> None:
        """Grant the tasks that call the service, at one pace. GetStream reads a URL, which the record never holds."""
        providers.grant(self._tasks["PrepareSession"], "prepare")
        for state in ("PrepareSession", "CreateStream"):
            providers.grant(self._tasks[state], "create")
        providers.grant(self._tasks["GetStream"], "describe")
        providers.grant(self._tasks["GetStream"], "connect")
        storage.stream_urls.grant_calls(self._tasks["GetStream"], "PutItem")
        storage.stream_urls.grant_attributes(self._tasks["GetStream"], EXPIRY_OF_URL)
        for state in ("PrepareSession", "CreateStream", "GetStream"):
            storage.paces.grant_other_items(self._tasks[state], "GetItem", "UpdateItem", ids=NO_PACES)
        storage.paces.grant_items(self._tasks["PrepareSession"], "UpdateItem", ids=[f"{HOLDER}*"])

    def _grant_records(self, storage: Storage) -> None:
        for state in ("PrepareSession", "CreateStream", "GetStream", "RecordFailure"):
            storage.records.grant_calls(self._tasks[state], "UpdateItem")
        for state in ("PrepareSession", "CreateStream"):
            storage.records.grant_calls(self._tasks[state], "GetItem")
        # A URL is locked away on the condition that the request has not ended, in one transaction.
        storage.records.grant_calls(self._tasks["GetStream"], "ConditionCheckItem")
        storage.records.grant_attributes(self._tasks["GetStream"], STATES)

    def _state_machine(self, name: str, functions: FunctionFactory, storage: Storage) -> StateMachine:
        machine = StateMachine(
            self,
            "StateMachine",
            comment="Greenroom: from a request for a stream to its one outcome",
            definition=_definition(),
            tasks=self._tasks,
            functions=functions,
            log_name=name,
            name=name,
            substitutions={
                "Records": storage.records.table_name,
                "UpdateItem": f"arn:{Aws.PARTITION}:{_UPDATE_ITEM}",
            },
        )
        storage.records.allow(machine, "UpdateItem")
        return machine


def _definition() -> str:
    """Return the definition, with a placeholder for the ARN that differs by partition; the file has the whole ARN."""
    return DEFINITION.read_text(encoding="utf-8").replace(f"arn:aws:{_UPDATE_ITEM}", "${UpdateItem}")

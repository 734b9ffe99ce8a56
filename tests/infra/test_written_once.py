"""Who asked for a request, for what, and who hears of it is written once: IAM lets no role change it afterwards.

The policies of the template are evaluated by the emulator's IAM, in the context that DynamoDB makes of a call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.domain.values import Failure, Progress, RequestState, Status, Wait, Waiting
from greenroom.record.items import CHANGING, to_item
from greenroom.record.model import Record
from greenroom_cdk.flow.workflow import DEFINITION
from local.emulator import context_of_an_update
from tests.infra.privileges import MAY, RECORDS
from tests.infra.synthesised import Synthesised, as_text
from tests.support.examples import a_body, a_record
from tests.support.fakes import NOW
from tests.support.tables import a_table_of_records, dynamodb

WRITERS = sorted(name for name, may in MAY.items() if "dynamodb:UpdateItem" in may.get(RECORDS, ()))
STATE_MACHINE = "the state machine"
FULL = a_record(a_body(metadata={"a": 1}, waitingRoom=True, releaseOnFailure=True), batch="b", shared="fleet")
WRITTEN_ONCE = sorted({*to_item(FULL), "ttl"} - set(CHANGING))


def may_update(stack: Synthesised, writer: str, request: Mapping[str, Any]) -> bool:
    """Whether IAM lets a role make an update of the table of records."""
    keys = context_of_an_update({"Key": {"id": {"S": "r"}}, **request})
    context = EvalContext(
        principal_arn="arn:aws:sts::123456789012:assumed-role/a/b",
        principal_type="AssumedRole",
        principal_account="123456789012",
        action="dynamodb:UpdateItem",
        resource_arn=RECORDS,
        region="us-west-2",
        service_context={key.lower(): value for key, value in keys.items()},
    )
    return str(evaluate(context, [parse_policy_document(_policy(stack, writer))]).decision) == "Allow"


def _policy(stack: Synthesised, writer: str) -> dict[str, Any]:
    if writer == STATE_MACHINE:
        role = stack.properties("AWS::StepFunctions::StateMachine")["WorkflowStateMachine"]["RoleArn"]
    else:
        role = stack.functions[writer]["Role"]
    statements = [
        {
            "Effect": item.effect,
            "Action": sorted(item.actions),
            "Resource": sorted(item.resources),
            "Condition": {
                kind: {k: _values(v) for k, v in keys.items()} for kind, keys in (item.condition or {}).items()
            },
        }
        for item in stack.statements(role)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _values(values: Any) -> Any:
    return [as_text(value) for value in values] if isinstance(values, list) else as_text(values)


def test_what_is_written_once_is_all_that_says_who_asked_for_what_and_who_hears_of_it() -> None:
    asked = "batch claim connectSeconds createdAt deadlineAt digest fields identity metadata notify owner pool"
    more = "releaseOnFailure schedules shared ttl waitingRoom watched"
    assert sorted([*asked.split(), *more.split()]) == WRITTEN_ONCE


@pytest.mark.parametrize("name", WRITTEN_ONCE)
@pytest.mark.parametrize("writer", [*WRITERS, STATE_MACHINE])
def test_no_role_that_notes_progress_or_an_outcome_changes_what_is_written_once(
    writer: str, name: str, stack: Synthesised
) -> None:
    attacks: list[dict[str, Any]] = [
        {"UpdateExpression": f"SET {name} = :x"},
        {"UpdateExpression": "SET #state = :x, #n = :y", "ExpressionAttributeNames": {"#state": "state", "#n": name}},
        {"UpdateExpression": "REMOVE #n", "ExpressionAttributeNames": {"#n": name}},
        {"UpdateExpression": "SET #n.#m = :x", "ExpressionAttributeNames": {"#n": name, "#m": "state"}},
        {"AttributeUpdates": {name: {"Action": "PUT", "Value": {"S": "x"}}}},
        # To guess at what it may not read.
        {"UpdateExpression": "SET looks = :x", "ConditionExpression": f"begins_with({name}, :y)"},
    ]
    assert [attack for attack in attacks if may_update(stack, writer, attack)] == []


@pytest.mark.parametrize("returns", ["ALL_NEW", "ALL_OLD"])
@pytest.mark.parametrize("writer", [*WRITERS, STATE_MACHINE])
def test_an_update_reads_no_record(writer: str, returns: str, stack: Synthesised) -> None:
    assert not may_update(stack, writer, {"UpdateExpression": "SET looks = :x", "ReturnValues": returns})


@dataclass
class Updates:
    """All updates that were sent."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, params: dict[str, Any], **_: Any) -> None:
        self.sent.append(params)


def all_updates() -> list[dict[str, Any]]:
    """Every kind of update that the table of records gets."""
    updates = Updates()
    with dynamodb() as client:
        records = DynamoDbRecords(client, a_table_of_records(client), timedelta(days=7))
        client.meta.events.register("before-parameter-build.dynamodb.UpdateItem", updates)
        for request_id, record in (("r", FULL), ("w", FULL), ("c", FULL)):
            records.add(_named(record, request_id))
        for renewal in (False, True):
            records.note_start("r", "token", renewal=renewal)
            records.begin_create("r", "1", "", renewal=renewal)
            progress = Progress(Status.PENDING, "stream", "CREATING", stream={"state": "CREATING"})
            records.note_progress("r", progress, {Waiting.STREAM: Wait(NOW, 1)}, 1, renewal=renewal)
            records.note_late("r", "stream", NOW, renewal=renewal)
        records.settle("r", RequestState.FAILED, NOW, Failure("E", "m", "s", "c"), to_stop=True)
        ended = records.get("r")
        assert ended
        records.mark_stopped("r")
        records.withdraw("w")
        records.note_offers(ended, ["o"])
        records.mark_announced(ended, ["sns"], ["o"])
        records.mark_delivered("r", "sns")
        records.begin_attempt("r", "sns", ["o"])
        records.withdraw_offers("r", ["o"])
        records.mark_expired("r")
        records.forget_attempts("r", "sns")
        records.own_fallback("r", "websocket:c")
        records.revoke_links("r")
        records.begin_renewal("r", NOW)
        records.end_renewal("r", NOW)
        records.ask_for_release(ended, NOW)
        records.mark_released("r")
        records.note_release_failure("r", Failure("E", "m"))
    return updates.sent


def _named(record: Record, request_id: str) -> Record:
    return a_record(a_body(), id=request_id, notify=record.notify)


def record_ready() -> Iterable[dict[str, Any]]:
    """What the state machine itself writes, for a request and for a renewal."""
    given = json.loads(DEFINITION.read_text(encoding="utf-8"))["States"]["RecordReady"]["Arguments"]
    for outcome in ("state", "renewal"):
        yield {**given, "ExpressionAttributeNames": {**given["ExpressionAttributeNames"], "#outcome": outcome}}


@pytest.mark.parametrize("writer", WRITERS)
def test_every_update_that_greenroom_makes_is_allowed(writer: str, stack: Synthesised) -> None:
    sent = all_updates()
    assert len(sent) >= 24
    assert [update for update in sent if not may_update(stack, writer, update)] == []


def test_the_state_machine_may_record_that_a_stream_is_ready(stack: Synthesised) -> None:
    assert all(may_update(stack, STATE_MACHINE, update) for update in record_ready())

"""The records table beyond the port: what others write to it and read of it, and what is no record any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from jsonata import Jsonata  # type: ignore[import-untyped]  # has no types

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.domain.errors import RecordRefused
from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Status, Wait, Waiting, utc_now
from greenroom.record.model import Open, Record, an_offer
from tests.support.examples import a_record
from tests.support.fakes import NOW
from tests.support.tables import a_table_of_records, in_pages_of, lose_an_answer, reads

ASL = Path(__file__).parents[3] / "statemachine" / "stream.asl.json"
RECORD_READY: dict[str, Any] = json.loads(ASL.read_text())["States"]["RecordReady"]["Arguments"]
EXPIRY = NOW + timedelta(seconds=120)
FAILURE = Failure("StreamFailed", "No stream")
MINUTE = timedelta(minutes=1)


class Table:
    """A table with the pending request `r`."""

    def __init__(self, client: Any) -> None:
        self.client, self.name = client, a_table_of_records(client)
        self.records = DynamoDbRecords(client, self.name, timedelta(days=7))
        self.records.add(a_record())

    def item(self, request_id: str = "r") -> dict[str, Any]:
        return dict(self.client.get_item(TableName=self.name, Key={"id": {"S": request_id}}).get("Item", {}))

    @property
    def record(self) -> Record:
        found = self.records.get("r")
        assert found
        return found

    def record_ready(self, *, renewal: bool = False) -> None:
        """Write what the state RecordReady does, as Step Functions does it."""
        request = {"id": "r", "renewal": renewal}
        progress = {"streamId": "fresh" if renewal else "stream", "expiresAt": EXPIRY.isoformat()}
        given = evaluated(RECORD_READY, request=request, progress=progress)
        self.client.update_item(**{**given, "TableName": self.name})


def evaluated(template: Any, **variables: Any) -> Any:
    """Fill a template in as JSONata does: whole texts in `{% %}` are expressions."""
    if isinstance(template, dict):
        return {name: evaluated(value, **variables) for name, value in template.items()}
    if not (isinstance(template, str) and template.startswith("{%")):
        return template
    expression = Jsonata(template.removeprefix("{%").removesuffix("%}"))
    for name, value in variables.items():
        expression.assign(name, value)
    return expression.evaluate(None)


@pytest.fixture
def table(dynamodb_client: Any) -> Table:
    return Table(dynamodb_client)


def test_step_functions_ends_a_request_as_ready_and_what_it_wrote_is_read(table: Table) -> None:
    before = table.record
    table.record_ready()
    after = table.record
    assert after == replace(
        before,
        state=RequestState.READY,
        stream_id="stream",
        expires_at=EXPIRY,
        settled_at=after.settled_at,
        due_at=after.settled_at,
        open=Open.UNANNOUNCED,
    )
    assert after.settled_at
    assert abs(after.settled_at - utc_now()) < MINUTE


def test_what_step_functions_ended_is_announced_once_and_then_due_no_more(table: Table) -> None:
    table.record_ready()
    assert list(table.records.unannounced(utc_now() + MINUTE)) == ["r"]
    table.records.mark_announced(table.record, ["bus"])
    assert list(table.records.unannounced(utc_now() + MINUTE)) == []
    assert (table.record.due_at, table.record.delivered) == (None, frozenset({"bus"}))


def test_step_functions_writes_over_no_outcome(table: Table) -> None:
    assert table.records.settle("r", RequestState.CANCELLED, NOW, FAILURE)
    before = table.record
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.record_ready()
    assert table.record == before


def test_nor_does_anybody_write_over_that_of_step_functions(table: Table) -> None:
    table.record_ready()
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.record_ready()
    assert not table.records.settle("r", RequestState.CANCELLED, NOW, FAILURE)
    assert table.record.state is RequestState.READY


def test_step_functions_ends_a_renewal_and_its_outcome_is_due_again(table: Table) -> None:
    table.record_ready()
    first = table.record
    table.records.mark_announced(first, ["bus"])
    table.records.begin_renewal("r", NOW)
    assert table.record.renewal is Renewal.ASKED
    table.record_ready(renewal=True)
    renewed = table.record
    assert (renewed.state, renewed.renewal, renewed.stream_id) == (RequestState.READY, Renewal.DONE, "fresh")
    assert renewed.settled_at == first.settled_at
    table.records.mark_announced(renewed, ["sns"])
    assert table.record.due_at is None
    assert not table.records.end_renewal("r", NOW)


def test_a_renewal_is_asked_for_once_and_ends_without_a_stream_once(table: Table) -> None:
    table.record_ready()
    table.records.begin_renewal("r", NOW)
    assert table.records.end_renewal("r", NOW)
    assert (table.record.renewal, table.record.due_at) == (Renewal.FAILED, NOW)
    table.records.begin_renewal("r", NOW)
    assert table.record.renewal is Renewal.FAILED
    assert not table.records.end_renewal("r", NOW)


def test_an_item_goes_when_it_was_kept_long_enough_and_its_index_is_told_what_is_open(table: Table) -> None:
    assert table.item()["ttl"] == {"N": str(int((NOW + timedelta(days=7)).timestamp()))}
    assert table.item()["open"] == {"S": "pending"}
    table.record_ready()
    assert table.item()["open"] == {"S": "unannounced"}
    table.records.mark_announced(table.record, [])
    assert not {"open", "dueAt"} & table.item().keys()


def test_a_record_is_read_as_last_written(table: Table) -> None:
    asked = reads(table.client)
    table.records.get("r")
    table.records.is_at_work("r", renewal=False)
    table.records.creating("r", renewal=False)
    assert asked == [True] * 3


def test_what_is_due_is_found_though_it_is_more_than_a_page(table: Table) -> None:
    ids = [f"{number}" for number in range(5)]
    for each in ids:
        table.records.add(a_record(id=each))
    found = DynamoDbRecords(in_pages_of(2), table.name, timedelta(days=7)).overdue(NOW + timedelta(days=1))
    assert sorted(found) == [*ids, "r"]


def test_a_renewal_creates_by_attempts_of_its_own(table: Table) -> None:
    assert table.records.begin_create("r", "first", "", renewal=False)
    table.record_ready()
    table.records.begin_renewal("r", NOW)
    assert table.records.creating("r", renewal=True) == ""
    assert table.records.begin_create("r", "fresh", "", renewal=True)
    assert table.records.creating("r", renewal=True) == "fresh"
    kept = {name: value["S"] for name, value in table.item().items() if name in {"creating", "freshCreating"}}
    assert kept == {"creating": "first", "freshCreating": "fresh"}


def test_why_a_release_failed_is_kept(table: Table) -> None:
    table.records.note_release_failure("r", FAILURE)
    assert table.item()["releaseFailure"] == {"M": {"error": {"S": "StreamFailed"}, "message": {"S": "No stream"}}}


WRITES: dict[str, Callable[[DynamoDbRecords], object]] = {
    "progress": lambda records: records.note_progress(
        "gone", Progress(Status.PENDING, stream_id="stream"), {Waiting.STREAM: Wait(NOW)}, renewal=False
    ),
    "start": lambda records: records.note_start("gone", "token", renewal=False),
    "create": lambda records: records.begin_create("gone", "attempt", "", renewal=False),
    "late": lambda records: records.note_late("gone", "stream", NOW, renewal=False),
    "stopped": lambda records: records.mark_stopped("gone"),
    "released": lambda records: records.mark_released("gone"),
    "another release": lambda records: records.ask_for_release(a_record(id="gone", due_at=NOW), NOW),
    "announced": lambda records: records.mark_announced(a_record(id="gone", due_at=NOW), ["sns"]),
    "delivered": lambda records: records.mark_delivered("gone", "sns"),
    "renewal": lambda records: records.begin_renewal("gone", NOW),
    "end of a renewal": lambda records: records.end_renewal("gone", NOW),
    "release": lambda records: records.note_release_failure("gone", FAILURE),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_of_a_record_that_is_gone_nothing_is_written(write: Callable[[DynamoDbRecords], object], table: Table) -> None:
    assert not write(table.records)
    assert table.item("gone") == {}


CALLS: dict[str, Callable[[DynamoDbRecords], object]] = {
    **WRITES,
    "add": lambda records: records.add(a_record()),
    "get": lambda records: records.get("r"),
    "settle": lambda records: records.settle("r", RequestState.FAILED, NOW, FAILURE),
    "list": lambda records: records.of_owner("owner", None, 1),
    "overdue": lambda records: list(records.overdue(NOW)),
    "unannounced": lambda records: list(records.unannounced(NOW)),
    "releasing": lambda records: list(records.releasing(NOW)),
    "renewing": lambda records: list(records.renewing(NOW)),
    "work": lambda records: records.is_at_work("r", renewal=False),
    "pending": lambda records: records.pending_of("owner", NOW, 1),
    "creating": lambda records: records.creating("r", renewal=False),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_table_that_does_not_do_as_it_is_asked_is_an_error_by_the_port_s_name(
    call: Callable[[DynamoDbRecords], object], dynamodb_client: Any
) -> None:
    with pytest.raises(RecordRefused):
        call(DynamoDbRecords(dynamodb_client, "no-such-table", timedelta(days=7)))


def test_of_an_attempt_whose_answer_was_lost_no_offer_is_kept_twice(table: Table) -> None:
    """The write is made again: that counts one attempt too many, which harms nobody."""
    lose_an_answer(table.client, "UpdateItem")
    assert table.records.begin_attempt("r", "sns", [an_offer("sns", "1")]) == 2
    assert table.record.offers == {an_offer("sns", "1")}


def test_a_fallback_whose_answer_was_lost_is_the_caller_s_own(table: Table) -> None:
    lose_an_answer(table.client, "UpdateItem")
    assert table.records.own_fallback("r", "websocket:a")
    assert not table.records.own_fallback("r", "websocket:b")


def test_what_many_targets_with_long_urls_leave_fits_into_an_item(table: Table) -> None:
    """Eight targets, twenty unclear attempts each; DynamoDB takes 400 KB."""
    for target in range(8):
        key = f"webhook:https://hooks.example/{target}/" + "u" * 2_000
        for attempt in range(20):
            table.records.begin_attempt("r", key, [an_offer(key, f"{attempt:08}")])
        table.records.mark_delivered("r", key)
    assert len(json.dumps(table.item())) < 50_000
    assert table.record.attempts_at(key) == 20


@pytest.mark.parametrize(
    "settle",
    [
        lambda records: records.settle("r", RequestState.FAILED, NOW, FAILURE),
        lambda records: records.note_release_failure("r", FAILURE),
        lambda records: records.begin_create("r", "attempt", "", renewal=False),
    ],
    ids=["the end", "a failed release", "a create"],
)
def test_a_caller_whose_answer_was_lost_was_the_first(settle: Callable[[DynamoDbRecords], bool], table: Table) -> None:
    lose_an_answer(table.client, "UpdateItem")
    assert settle(table.records)


def test_whose_answer_was_lost_has_ended_the_renewal(table: Table) -> None:
    table.record_ready()
    table.records.begin_renewal("r", NOW)
    lose_an_answer(table.client, "UpdateItem")
    assert table.records.end_renewal("r", NOW)


def test_a_renewal_is_in_the_index_until_it_ends_and_has_a_place_of_its_own(table: Table) -> None:
    table.record_ready()
    table.records.mark_announced(table.record, [])
    table.records.begin_renewal("r", NOW)
    assert list(table.records.renewing(NOW + MINUTE)) == ["r"]
    table.records.note_start("r", "again", renewal=True)
    assert table.records.note_progress("r", Progress(Status.PENDING, stream_id="fresh"), {}, renewal=True)
    assert (table.record.stream_id, table.record.fresh_stream_id, table.record.fresh_started) == (
        "stream",
        "fresh",
        "again",
    )
    assert table.records.end_renewal("r", NOW)
    assert table.record.ended_at == NOW
    assert (list(table.records.renewing(NOW + MINUTE)), table.record.stream_id) == ([], "stream")
    assert not table.records.note_progress("r", Progress(Status.PENDING, stream_id="late"), {}, renewal=True)

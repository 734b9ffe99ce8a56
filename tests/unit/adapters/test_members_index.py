"""The requests of a batch in DynamoDB: counted by their ends, listed a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from greenroom.adapters.batches_table import DynamoDbMembers
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.adapters.tables import read_items, write_items
from greenroom.domain.errors import RecordRefused, RecordUnavailable
from greenroom.domain.values import Failure, RequestState
from tests.support.examples import a_record
from tests.support.fakes import NOW
from tests.support.tables import a_table, a_table_of_records, in_pages_of

FAILURE = Failure("StreamFailed", "No stream")


def test_more_than_a_page_are_counted_and_of_the_pending_ones_some_are_told(dynamodb_client: Any) -> None:
    name, states = a_table_of_records(dynamodb_client), (RequestState.READY, RequestState.PENDING)
    items = ({"id": f"b-{number:02}", "batch": "b", "state": states[number % 10 == 0].value} for number in range(50))
    write_items(dynamodb_client, name, items)
    many = DynamoDbMembers(in_pages_of(20), name)
    assert many.ended("b") == {
        RequestState.READY: 45,
        RequestState.FAILED: 0,
        RequestState.TIMED_OUT: 0,
        RequestState.CANCELLED: 0,
    }
    pending = many.pending("b", 3)
    assert len(set(pending)) == 3
    assert all(each.endswith("0") for each in pending)


@pytest.fixture
def members(dynamodb_client: Any) -> DynamoDbMembers:
    name = a_table_of_records(dynamodb_client)
    records = DynamoDbRecords(dynamodb_client, name, timedelta(days=7))
    for number in range(5):
        records.add(a_record(id=f"b-{number}", batch="b"))
    records.add(a_record(id="alone"))
    records.add(a_record(id="other-0", batch="other"))
    records.settle("b-3", RequestState.FAILED, NOW, FAILURE)
    return DynamoDbMembers(dynamodb_client, name)


def pages(members: DynamoDbMembers, state: RequestState | None, limit: int) -> Iterator[list[str]]:
    cursor = None
    while True:
        found, cursor = members.page("b", state, limit, cursor)
        yield [record.id for record in found]
        if cursor is None:
            return


def test_each_request_is_on_one_page(members: DynamoDbMembers) -> None:
    listed = [each for page in pages(members, None, 2) for each in page]
    assert sorted(listed) == [f"b-{number}" for number in range(5)]
    assert [each for page in pages(members, RequestState.FAILED, 2) for each in page] == ["b-3"]


def test_a_change_of_state_moves_a_request_and_counts_it_once(members: DynamoDbMembers) -> None:
    assert members.ended("b")[RequestState.FAILED] == 1
    assert sorted(members.pending("b", 100)) == ["b-0", "b-1", "b-2", "b-4"]
    assert members.ended("unknown") == dict.fromkeys(members.ended("b"), 0)
    assert members.page("unknown", None, 10) == ([], None)


CALLS: dict[str, Callable[[DynamoDbMembers], object]] = {
    "ended": lambda members: members.ended("b"),
    "pending": lambda members: members.pending("b", 1),
    "page": lambda members: members.page("b", None, 1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_table_that_does_not_do_as_it_is_asked_is_an_error_by_the_port_s_name(
    call: Callable[[DynamoDbMembers], object], dynamodb_client: Any
) -> None:
    with pytest.raises(RecordRefused):
        call(DynamoDbMembers(dynamodb_client, "no-such-table"))


class Sparing:
    """A DynamoDB that does one item of each call, so many times, and then none."""

    def __init__(self, client: Any, calls: int = 1000) -> None:
        self._client, self._left = client, calls

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803  # DynamoDB's own name
        ((table, asked),) = RequestItems.items()
        first, rest = self._split(asked["Keys"])
        answer = self._client.batch_get_item(RequestItems={table: {**asked, "Keys": first}}) if first else None
        left = {table: {**asked, "Keys": rest}} if rest else {}
        return {"Responses": answer["Responses"] if answer else {}, "UnprocessedKeys": left}

    def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: N803
        ((table, asked),) = RequestItems.items()
        first, rest = self._split(asked)
        if first:
            self._client.batch_write_item(RequestItems={table: first})
        return {"UnprocessedItems": {table: rest} if rest else {}}

    def _split(self, asked: list[Any]) -> tuple[list[Any], list[Any]]:
        self._left -= 1
        done = 1 if self._left >= 0 else 0
        return asked[:done], asked[done:]


def test_what_dynamodb_leaves_out_is_asked_for_again_after_a_pause(dynamodb_client: Any) -> None:
    name, pauses = a_table(dynamodb_client), list[float]()
    items = [{"id": str(number)} for number in range(5)]
    write_items(Sparing(dynamodb_client), name, items, pause=pauses.append)  # type: ignore[arg-type]
    found = read_items(Sparing(dynamodb_client), name, [*"01234", "no"], pause=pauses.append)  # type: ignore[arg-type]
    assert found == {item["id"]: item for item in items}
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.05, 0.1, 0.2, 0.4, 0.8]


CALLS_IN_BULK: dict[str, Callable[..., object]] = {
    "read": lambda client, name, pause: read_items(client, name, ["a"], pause=pause),
    "write": lambda client, name, pause: write_items(client, name, [{"id": "a"}], pause=pause),
}


@pytest.mark.parametrize("call", CALLS_IN_BULK.values(), ids=CALLS_IN_BULK)
def test_what_it_leaves_out_again_and_again_is_an_error(call: Callable[..., object], dynamodb_client: Any) -> None:
    name, pauses = a_table(dynamodb_client), list[float]()
    with pytest.raises(RecordUnavailable, match=r"^DynamoDB has no room for so many items now$"):
        call(Sparing(dynamodb_client, 0), name, pauses.append)
    assert sum(pauses) < 10


def test_of_many_items_so_much_is_read_as_is_asked_for_as_last_written(dynamodb_client: Any) -> None:
    name, asked = a_table(dynamodb_client), list[tuple[int, bool]]()

    def note(params: Any, **_: Any) -> None:
        (keys,) = params["RequestItems"].values()
        asked.append((len(keys["Keys"]), keys["ConsistentRead"]))

    dynamodb_client.meta.events.register(event := "provide-client-params.dynamodb.BatchGetItem", note)
    items = [{"id": f"{number}", "a": number, "b": number} for number in range(101)]
    write_items(dynamodb_client, name, items)
    ids = [str(item["id"]) for item in items]
    assert read_items(dynamodb_client, name, ids, ["a"]) == {
        item["id"]: {"id": item["id"], "a": item["a"]} for item in items
    }
    assert read_items(dynamodb_client, name, ids[:1]) == {"0": items[0]}
    dynamodb_client.meta.events.unregister(event, note)
    assert asked == [(100, True), (1, True), (1, True)]

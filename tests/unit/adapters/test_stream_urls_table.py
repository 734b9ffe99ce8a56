"""The URLs of streams in DynamoDB: kept until they expire, read, or taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.adapters.stream_urls_table import DynamoDbStreamUrls
from greenroom.domain.errors import RecordRefused
from greenroom.domain.values import Failure, Progress, RequestState, Status, StreamUrl, Wait, Waiting
from greenroom.record.store import Seen
from tests.support.examples import URL, a_record, a_stream_url
from tests.support.fakes import NOW
from tests.support.tables import a_table, a_table_of_records, lose_an_answer


class Tables:
    """The URLs, and the records that say whether one is wanted: of `r`, whose request is pending."""

    def __init__(self, client: Any, table: str | None = None) -> None:
        self.client, self.name, records = client, table or a_table(client), a_table_of_records(client)
        self.records = DynamoDbRecords(client, records, timedelta(days=7))
        self.records.add(a_record())
        self.urls = DynamoDbStreamUrls(client, self.name, records)

    def put(self, url: StreamUrl, client_token: str = "token", *, renewal: bool = False) -> bool:  # noqa: S107  # it is no secret
        return self.urls.put("r", url, client_token, renewal=renewal)

    def ask_for_a_renewal(self) -> None:
        self.client.update_item(
            TableName=self.records._table,  # noqa: SLF001  # as Step Functions writes it
            Key={"id": {"S": "r"}},
            UpdateExpression="SET #renewal = :asked",
            ExpressionAttributeNames={"#renewal": "renewal"},
            ExpressionAttributeValues={":asked": {"S": "asked"}},
        )

    def item(self) -> dict[str, Any]:
        return dict(self.client.get_item(TableName=self.name, Key={"id": {"S": "r"}}).get("Item", {}))


@pytest.fixture
def tables(dynamodb_client: Any) -> Tables:
    return Tables(dynamodb_client)


def test_a_url_is_read_as_it_was_kept_and_a_fresh_one_takes_its_place(tables: Tables) -> None:
    assert tables.urls.get("r") is None
    for seconds in (120, 3600.5):
        assert tables.put(a_stream_url(seconds))
        assert tables.urls.get("r") == tables.urls.get("r") == a_stream_url(seconds)
    assert tables.urls.get("other") is None


def test_a_url_is_taken_once_and_gone(tables: Tables) -> None:
    tables.put(a_stream_url())
    assert [tables.urls.take("r"), tables.urls.take("r"), tables.urls.get("r")] == [a_stream_url(), None, None]
    assert tables.item() == {}


def test_a_caller_whose_answer_was_lost_gets_the_url_that_it_has_taken(tables: Tables) -> None:
    tables.put(a_stream_url())
    lose_an_answer(tables.client, "UpdateItem")
    assert [tables.urls.take("r"), tables.urls.take("r")] == [a_stream_url(), None]


def test_a_url_that_was_taken_and_could_not_be_removed_is_gone_all_the_same(tables: Tables) -> None:
    tables.put(a_stream_url())
    event = "before-call.dynamodb.DeleteItem"
    tables.client.meta.events.register(event, fail := _fail)
    try:
        assert tables.urls.take("r") == a_stream_url()
    finally:
        tables.client.meta.events.unregister(event, fail)
    assert [tables.urls.get("r"), tables.urls.open("r"), tables.urls.take("r")] == [None, None, None]


def _fail(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb")


@pytest.mark.parametrize("state", [RequestState.FAILED, RequestState.TIMED_OUT, RequestState.CANCELLED])
def test_a_url_comes_not_back_once_its_request_has_ended(state: RequestState, tables: Tables) -> None:
    tables.records.settle("r", state, NOW, Failure("Ended", "before"))
    assert not tables.put(a_stream_url())
    assert tables.urls.get("r") is None


def test_the_url_of_a_renewal_is_kept_while_it_is_asked_for(tables: Tables) -> None:
    assert not tables.put(a_stream_url(), renewal=True)
    tables.ask_for_a_renewal()
    assert tables.put(a_stream_url(), renewal=True)
    assert tables.records.end_renewal("r", NOW)
    assert not tables.put(a_stream_url(3600), renewal=True)
    assert tables.urls.get("r") == a_stream_url()


SEEN = Seen(
    Progress(Status.READY, stream_id="stream", stream={"state": "READY"}), {Waiting.STREAM: Wait(NOW, 12, 18)}, looks=3
)


def test_what_a_ready_look_has_shown_is_kept_with_the_url(tables: Tables) -> None:
    assert tables.urls.put("r", a_stream_url(), "token", renewal=False, seen=SEEN)
    record = tables.records.get("r")
    assert record
    assert (record.stream_id, record.stream, record.looks) == ("stream", {"state": "READY"}, 3)
    assert record.waits == SEEN.waits
    assert tables.urls.get("r") == a_stream_url()


def test_of_a_renewal_the_stream_s_id_alone_is_kept_with_the_url(tables: Tables) -> None:
    tables.ask_for_a_renewal()
    before = tables.records.get("r")
    assert before
    assert tables.urls.put("r", a_stream_url(), "token", renewal=True, seen=SEEN)
    assert tables.records.get("r") == replace(before, fresh_stream_id="stream")


def test_of_a_request_that_has_ended_neither_is_kept(tables: Tables) -> None:
    tables.records.settle("r", RequestState.CANCELLED, NOW, Failure("Cancelled", "by its owner"))
    before = tables.records.get("r")
    assert not tables.urls.put("r", a_stream_url(), "token", renewal=False, seen=SEEN)
    assert (tables.records.get("r"), tables.urls.get("r")) == (before, None)


def test_who_has_locked_a_url_away_can_tell_when_it_ends_and_nobody_else(tables: Tables) -> None:
    assert tables.urls.expiry("r", "token") is None
    tables.put(a_stream_url())
    assert tables.urls.expiry("r", "token") == a_stream_url().expires_at
    assert tables.urls.expiry("r", "another") is None


def test_the_expiry_is_read_without_the_url(tables: Tables) -> None:
    asked: list[str] = []
    event = "provide-client-params.dynamodb.GetItem"
    tables.client.meta.events.register(event, note := lambda params, **_: asked.append(params["ProjectionExpression"]))
    tables.urls.expiry("r", "token")
    tables.client.meta.events.unregister(event, note)
    assert asked == ["id, expiresAt, lockedBy"]


def test_dynamodb_may_delete_it_once_it_has_expired(tables: Tables) -> None:
    tables.put(a_stream_url(3600))
    assert tables.item()["ttl"] == {"N": str(int(a_stream_url(3600).expires_at.timestamp()))}


def test_a_table_that_does_not_answer_is_an_error_that_shows_no_url(dynamodb_client: Any) -> None:
    tables = Tables(dynamodb_client, "no-such-table")
    with pytest.raises(RecordRefused) as caught:
        tables.put(a_stream_url())
    assert URL not in str(caught.value)
    for read in (tables.urls.get, tables.urls.take, tables.urls.open):
        with pytest.raises(RecordRefused):
            read("r")


def test_a_url_is_opened_once_and_stays_for_its_owner(tables: Tables) -> None:
    assert tables.urls.open("r") is None
    assert tables.urls.get("r") is None
    tables.put(a_stream_url())
    opened = replace(a_stream_url(), opened=True)
    assert [tables.urls.open("r"), tables.urls.open("r"), tables.urls.get("r")] == [opened, None, opened]


def test_a_caller_whose_answer_was_lost_gets_the_url_that_it_has_opened(tables: Tables) -> None:
    tables.put(a_stream_url())
    lose_an_answer(tables.client, "UpdateItem")
    assert tables.urls.open("r")
    assert tables.urls.open("r") is None


def test_a_fresh_url_can_be_opened_again(tables: Tables) -> None:
    tables.put(a_stream_url())
    tables.urls.open("r")
    tables.put(a_stream_url(3600))
    assert tables.urls.get("r") == a_stream_url(3600)
    assert tables.urls.open("r")

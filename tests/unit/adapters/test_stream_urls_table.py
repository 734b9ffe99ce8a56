"""The URLs of streams in DynamoDB: kept until they expire, read, or taken once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from greenroom.adapters.stream_urls_table import DynamoDbStreamUrls
from greenroom.domain.errors import RecordUnavailable
from tests.support.examples import URL, a_stream_url
from tests.support.tables import a_table


def test_a_url_is_read_as_it_was_kept_and_a_fresh_one_takes_its_place(dynamodb_client: Any) -> None:
    urls = DynamoDbStreamUrls(dynamodb_client, a_table(dynamodb_client))
    assert urls.get("r") is None
    for seconds in (120, 3600.5):
        urls.put("r", a_stream_url(seconds))
        assert urls.get("r") == urls.get("r") == a_stream_url(seconds)
    assert urls.get("other") is None


def test_a_url_is_taken_once(dynamodb_client: Any) -> None:
    urls = DynamoDbStreamUrls(dynamodb_client, a_table(dynamodb_client))
    urls.put("r", a_stream_url())
    assert [urls.take("r"), urls.take("r"), urls.get("r")] == [a_stream_url(), None, None]


def test_dynamodb_may_delete_it_once_it_has_expired(dynamodb_client: Any) -> None:
    table = a_table(dynamodb_client)
    DynamoDbStreamUrls(dynamodb_client, table).put("r", a_stream_url(3600))
    item = dynamodb_client.get_item(TableName=table, Key={"id": {"S": "r"}})["Item"]
    assert item["ttl"] == {"N": str(int(a_stream_url(3600).expires_at.timestamp()))}


def test_a_table_that_does_not_answer_is_an_error_that_shows_no_url(dynamodb_client: Any) -> None:
    urls = DynamoDbStreamUrls(dynamodb_client, "no-such-table")
    with pytest.raises(RecordUnavailable) as caught:
        urls.put("r", a_stream_url())
    assert URL not in str(caught.value)
    for read in (urls.get, urls.take, urls.open):
        with pytest.raises(RecordUnavailable):
            read("r")


def test_a_url_is_opened_once_and_stays_for_its_owner(dynamodb_client: Any) -> None:
    urls = DynamoDbStreamUrls(dynamodb_client, a_table(dynamodb_client))
    assert urls.open("r") is None
    assert urls.get("r") is None
    urls.put("r", a_stream_url())
    opened = replace(a_stream_url(), opened=True)
    assert [urls.open("r"), urls.open("r"), urls.get("r")] == [opened, None, opened]


def test_a_fresh_url_can_be_opened_again(dynamodb_client: Any) -> None:
    urls = DynamoDbStreamUrls(dynamodb_client, a_table(dynamodb_client))
    urls.put("r", a_stream_url())
    urls.open("r")
    urls.put("r", a_stream_url(3600))
    assert urls.get("r") == a_stream_url(3600)
    assert urls.open("r")

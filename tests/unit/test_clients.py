"""The client of the tables: an answer that was garbled on its way is an error, and never an item that is not there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from greenroom import bootstrap
from greenroom.adapters.records_table import DynamoDbRecords
from greenroom.domain.errors import RecordUnavailable

NOTHING = b'{"Item": {}}'
GARBLED = b'{"Item": ~~~'


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def records(monkeypatch: pytest.MonkeyPatch, body: bytes) -> DynamoDbRecords:
    """Make records whose every call is answered with this body, and the checksum of an answer without an item."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers: Any = {"x-amz-crc32": str(crc32(NOTHING))}
        return AWSResponse(request.url, 200, headers, _Raw(body))

    client = bootstrap.dynamodb.__wrapped__()
    client.meta.events.register("before-send.dynamodb", answer)
    return DynamoDbRecords(client, "table", timedelta(days=1))


def test_an_item_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert records(monkeypatch, NOTHING).get("r") is None


def test_an_answer_that_does_not_fit_its_checksum_at_any_attempt_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore takes what is no JSON, at its last attempt, as an answer without a member."""
    with pytest.raises(RecordUnavailable, match="ChecksumError"):
        records(monkeypatch, GARBLED).get("r")

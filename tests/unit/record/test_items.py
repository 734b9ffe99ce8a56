"""A record as an item of the records table, and back."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from greenroom.domain.values import Failure, Progress, Renewal, RequestState, Status, Wait, Waiting
from greenroom.providers.accepted import AcceptedFields
from greenroom.record import attribute_values
from greenroom.record.items import (
    Attribute,
    from_item,
    looks_to_add,
    progress_to_changes,
    to_item,
    to_text,
    wait_to_item,
)
from greenroom.record.model import Open, Record
from tests.support.examples import OWNER, a_body, a_record
from tests.support.fakes import NOW

HOOK = {"type": "webhook", "url": "https://hooks.example/x"}
SOCKET = {"type": "websocket", "connectionId": "c="}
NUMBERS = {"float": 1.5, "big": 2**53 - 1, "whole": 2.0}


def stored(item: dict[str, Any]) -> Any:
    """Send an item through DynamoDB's own types, there and back."""
    return attribute_values.from_item(json.loads(json.dumps(attribute_values.to_item(item))))


@pytest.mark.parametrize(
    "record",
    [
        a_record(),
        a_record(owner=None),
        a_record(a_body(claim=True, releaseOnFailure=True, deadlineSeconds=60, expirationInSeconds=60)),
        a_record(a_body(notify=[HOOK, SOCKET, {"type": "sns"}])),
        a_record(notify=(HOOK,), claim=True),
        a_record(a_body(metadata={**NUMBERS, "none": None, "deep": [{"é": ["語"]}], "": ""})),
        a_record(
            fields=AcceptedFields({"provider": "acme_that_is_gone", "seats": [1, 2.5, None]}), pool="", identity={}
        ),
    ],
    ids=["bare", "nobody's", "all choices", "all targets", "the deployment's targets", "metadata", "a provider's own"],
)
def test_a_new_record_comes_back_as_it_was_and_is_due_once_its_stream_s_time_is_over(record: Record) -> None:
    back = from_item(stored(to_item(record)))
    assert back == replace(record, due_at=record.deadline_at + timedelta(seconds=record.connect_seconds))
    assert json.dumps(back.metadata) == json.dumps(record.metadata)


def test_an_outcome_comes_back_as_it_was() -> None:
    service = {"state": "CREATE_FAILED", "statusCode": "INTERNAL_ERROR"}
    later = {
        "state": "failed",
        "settledAt": (NOW + timedelta(seconds=7.5)).isoformat(),
        "dueAt": (NOW + timedelta(seconds=7.5)).isoformat(),
        "failure": {"error": "StreamFailed", "message": "No stream", **service},
        "streamId": "stream",
        "started": "token",
        "stream": {"state": "CREATE_FAILED"},
        "delivered": {"sns", "bus"},
    }
    assert from_item(stored(to_item(a_record()) | later)) == replace(
        a_record(),
        state=RequestState.FAILED,
        settled_at=NOW + timedelta(seconds=7.5),
        due_at=NOW + timedelta(seconds=7.5),
        failure=Failure("StreamFailed", "No stream", "CREATE_FAILED", "INTERNAL_ERROR"),
        stream_id="stream",
        started="token",
        stream={"state": "CREATE_FAILED"},
        delivered=frozenset({"sns", "bus"}),
    )


@pytest.mark.parametrize(
    "waits",
    [
        {Waiting.SESSION: Wait(NOW, 30)},
        {Waiting.SESSION: Wait(NOW, 30, 41), Waiting.STREAM: Wait(NOW + timedelta(seconds=41.25))},
    ],
    ids=["one", "both"],
)
def test_waits_come_back_as_the_looks_showed_them(waits: dict[Waiting, Wait]) -> None:
    item = to_item(a_record()) | {"waits": {name.value: wait_to_item(wait) for name, wait in waits.items()}}
    assert from_item(stored(item)).waits == waits


def test_of_a_renewal_only_the_id_of_its_stream_is_kept_beside_that_of_the_stream_before() -> None:
    progress = Progress(Status.PENDING, stream_id="stream", stream={"state": "IN_PROGRESS"})
    waits = {Waiting.STREAM: Wait(NOW, 5)}
    assert progress_to_changes(progress, waits, renewal=True) == {"freshStreamId": "stream"}
    assert progress_to_changes(progress, waits, renewal=False) == {
        "streamId": "stream",
        "waits.stream": wait_to_item(waits[Waiting.STREAM]),
        "stream": {"state": "IN_PROGRESS"},
    }
    assert [looks_to_add(2, renewal=renewal) for renewal in (True, False)] == [{}, {"looks": 2}]
    assert looks_to_add(0, renewal=False) == {}


def test_a_failure_may_come_without_the_service_s_words() -> None:
    item = to_item(a_record()) | {"state": "cancelled", "failure": {"error": "RequestCancelled", "message": "By you"}}
    assert from_item(stored(item)).failure == Failure("RequestCancelled", "By you")


def test_a_renewed_outcome_comes_back_as_it_was() -> None:
    later = {"state": "ready", "renewal": "done", "expiresAt": NOW.isoformat(), "streamId": "fresh"}
    later |= {"renewalEndedAt": (NOW - timedelta(seconds=1)).isoformat()}
    assert from_item(stored(to_item(a_record()) | later)) == replace(
        from_item(to_item(a_record())),
        state=RequestState.READY,
        renewal=Renewal.DONE,
        renewal_ended_at=NOW - timedelta(seconds=1),
        expires_at=NOW,
        stream_id="fresh",
    )


def test_nothing_is_due_for_a_record_whose_outcome_is_announced() -> None:
    item = {
        name: value for name, value in to_item(a_record()).items() if name not in {Attribute.OPEN, Attribute.DUE_AT}
    }
    assert from_item(stored(item)).due_at is None


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_a_time_is_written_in_utc_wherever_it_was_read_and_is_written(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert to_text(NOW.astimezone(ZoneInfo(zone))) == "2026-11-24T12:00:00.000Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_new_item_is_found_by_the_index_of_what_is_due() -> None:
    item = to_item(a_record())
    assert (item["open"], item["dueAt"]) == ("pending", "2026-11-24T12:17:00.000Z")


def test_an_item_is_spelt_as_those_who_read_the_table_spell_it() -> None:
    assert {str(name) for name in to_item(a_record(batch="b"))} >= {str(name) for name in Attribute} - {
        "ttl",
        "started",
        "settledAt",
        "expired",
        "withdrawn",
        "renewal",
        "stream",
        "freshStarted",
        "late",
        "toStop",
        "offers",
        "fallback",
        "linkGeneration",
    }
    assert all(type(name) is str for name in to_item(a_record()))


def test_an_item_says_what_the_filters_of_its_followers_look_for() -> None:
    plain, watched = to_item(a_record()), to_item(a_record(a_body(notify=[SOCKET], releaseOnFailure=True)))
    assert (plain["state"], plain["watched"], plain["releaseOnFailure"]) == ("pending", False, False)
    assert (watched["watched"], watched["releaseOnFailure"]) == (True, True)


def test_an_owner_is_left_out_where_there_is_none() -> None:
    assert to_item(a_record())["owner"] == OWNER
    assert "owner" not in to_item(a_record(owner=None))


def test_only_a_request_of_a_batch_is_in_the_index_of_batches() -> None:
    assert "batch" not in to_item(a_record())
    assert from_item(stored(to_item(a_record(batch="b")))).batch == "b"


def test_all_that_later_writes_may_add_comes_back_as_it_was_kept() -> None:
    later = {
        "open": "releasing",
        "waitingRoom": True,
        "linkGeneration": 2,
        "withdrawn": True,
        "shared": "hub/ada",
        "toStop": True,
        "late": True,
        "looks": 7,
        "attempts:0123456789abcdef": 3,
        "offers": {"0123456789abcdef#token"},
        "renewal": "failed",
        "freshStreamId": "fresh",
        "freshStarted": "fresh token",
    }
    assert from_item(stored(to_item(a_record()) | later)) == replace(
        from_item(to_item(a_record())),
        open=Open.RELEASING,
        waiting_room=True,
        link_generation=2,
        withdrawn=True,
        shared="hub/ada",
        to_stop=True,
        late=True,
        looks=7,
        attempts={"0123456789abcdef": 3},
        offers=frozenset({"0123456789abcdef#token"}),
        renewal=Renewal.FAILED,
        fresh_stream_id="fresh",
        fresh_started="fresh token",
    )


@pytest.mark.parametrize(
    "fields", [{"shared": ""}, {"waiting_room": True, "shared": "hub/ada", "batch": "b"}], ids=["none", "all"]
)
def test_what_a_request_did_not_ask_for_takes_no_room(fields: dict[str, Any]) -> None:
    item = to_item(a_record(**fields))
    asked = {"waitingRoom", "shared", "batch"} if fields["shared"] else set()
    assert {"waitingRoom", "shared", "batch"} & item.keys() == asked
    assert item["notify"] == '[{"type":"sns"}]'
    back = from_item(stored(item))
    assert (back.waiting_room, back.shared, back.batch) == (bool(asked), fields["shared"], fields.get("batch"))

"""Batches as their senders meet them: a class that comes from S3, one that is to begin later, one that is cancelled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from greenroom.domain.values import from_iso, to_iso, utc_now
from tests.e2e.deployed import Deployed, eventually, new_session_id

LONG = 150.0
BUCKET = "classes"


def _request(session_id: str, **fields: Any) -> dict[str, Any]:
    return {"provider": "nimble", "studioId": "studio", "sessionId": session_id, **fields}


def _post(deployed: Deployed, body: Any, **headers: str) -> tuple[int, Any, dict[str, Any]]:
    return deployed.api.call("POST", "batches", body, headers)


def _show(deployed: Deployed, batch_id: str) -> dict[str, Any]:
    status, _, body = deployed.api.call("GET", f"batches/{batch_id}")
    assert status == 200, body
    return body


def _at_rest(deployed: Deployed, batch_id: str) -> dict[str, Any]:
    """The batch, once all of its requests have come to rest."""

    def ended() -> dict[str, Any] | None:
        shown = _show(deployed, batch_id)
        return shown if "endedAt" in shown else None

    return eventually(ended, f"end of batch {batch_id}", LONG)


def _members(deployed: Deployed, batch_id: str) -> dict[str, str]:
    """The states of the requests that a batch has submitted, by their ids."""
    _, _, page = deployed.api.call("GET", f"streams?batch={batch_id}&limit=100")
    return {stream["id"]: stream["state"] for stream in page["streams"]}


def _summaries(deployed: Deployed, batch_id: str) -> Iterator[dict[str, Any]]:
    """The one summary of a batch, on the topic and on the bus."""

    def is_it(message: dict[str, Any]) -> bool:
        return bool(message["type"].startswith("batch.") and message["data"]["id"] == batch_id)

    def on_both() -> list[dict[str, Any]] | None:
        events = deployed.bus.find(lambda event: event["detail-type"].startswith("Batch ") and is_it(event["detail"]))
        found = [*deployed.topic.find(is_it), *(event["detail"] for event in events)]
        assert len(found) <= 2, found
        return found if len(found) == 2 else None

    yield from eventually(on_both, f"summary of batch {batch_id}", LONG)


@pytest.fixture(scope="module")
def bucket(deployed: Deployed) -> str:
    s3 = deployed.client("s3")
    # The commands of the documents make it, too, and may have come first.
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        location = {"LocationConstraint": deployed.session.region_name}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    return BUCKET


def test_a_class_from_s3_ends_in_one_summary_whatever_becomes_of_each(deployed: Deployed, bucket: str) -> None:
    ready, failing = [new_session_id(), new_session_id()], new_session_id()
    for session_id in ready:
        deployed.set_session(session_id, readyAfterSeconds=0)
    deployed.set_session(failing, readyAfterSeconds=0, finalState="CREATE_FAILED")
    lines = [{"sessionId": ready[0]}, {"sessionId": failing}, {"sessionId": "no such id!", "seat": 3}]
    text = "\n".join([*map(json.dumps, lines), "", "no JSON", json.dumps({"sessionId": ready[1]}), ""])
    deployed.client("s3").put_object(Bucket=bucket, Key="monday.jsonl", Body=text.encode())

    status, headers, made = _post(
        deployed,
        {
            "source": {"bucket": bucket, "key": "monday.jsonl"},
            "defaults": {"provider": "nimble", "studioId": "studio"},
            "metadata": {"class": "A-17"},
        },
    )

    assert status == 202, made
    assert (made["state"], made["total"], made["counts"]["pending"]) == ("scheduled", 5, 5)
    assert headers["Location"] == f"{deployed.outputs['ApiUrl']}batches/{made['id']}"
    shown = _at_rest(deployed, made["id"])
    counts = {"pending": 0, "ready": 2, "failed": 1, "timed_out": 0, "cancelled": 0, "rejected": 2}
    assert (shown["state"], shown["counts"]) == ("finished", counts)
    assert [each["line"] for each in shown["rejected"]] == [3, 5]
    assert "seat" in {error["field"] for error in shown["rejected"][0]["errors"]}
    assert sorted(_members(deployed, made["id"]).values()) == ["failed", "ready", "ready"]
    for summary in _summaries(deployed, made["id"]):
        assert summary["type"] == "batch.finished"
        assert (summary["data"]["counts"], summary["data"]["metadata"]) == (counts, {"class": "A-17"})
    assert deployed.message(f"{made['id']}-1")["data"]["batch"] == made["id"]


def test_a_list_with_a_broken_request_is_refused_and_so_is_a_bucket_that_no_setting_names(deployed: Deployed) -> None:
    status, _, problem = _post(
        deployed, {"requests": [_request(new_session_id()), {"provider": "nimble", "studioId": "studio"}]}
    )
    assert (status, [error["field"] for error in problem["errors"]]) == (400, ["requests[1].sessionId"])

    status, _, problem = _post(deployed, {"source": {"bucket": "secrets", "key": "x"}})
    assert (status, [error["field"] for error in problem["errors"]]) == (400, ["source.bucket"])
    assert "batchBuckets" in problem["errors"][0]["detail"]


def test_a_batch_begins_at_its_time_and_the_same_key_makes_no_second_one(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    start_at = utc_now() + timedelta(seconds=8)
    body, key = {"requests": [_request(session_id)], "startAt": to_iso(start_at)}, {"Idempotency-Key": session_id}

    first, again = _post(deployed, body, **key), _post(deployed, body, **key)
    other = _post(deployed, {"requests": [_request("other")]}, **key)

    assert (first[0], again[0], other[0]) == (202, 202, 409)
    batch_id = first[2]["id"]
    assert (again[2]["id"], first[2]["state"]) == (batch_id, "scheduled")
    assert _members(deployed, batch_id) == {}
    assert _at_rest(deployed, batch_id)["counts"]["ready"] == 1
    (call,) = deployed.calls(session_id, "CreateStreamingSessionStream")
    assert from_iso(call["at"]) >= start_at - timedelta(seconds=1)
    assert len(list(_summaries(deployed, batch_id))) == 2


def test_a_batch_that_is_cancelled_midway_cancels_what_is_pending(deployed: Deployed) -> None:
    sessions = [new_session_id(), new_session_id()]
    for session_id in sessions:
        deployed.set_session(session_id, readyAfterSeconds=600)
    _, _, made = _post(deployed, {"requests": [_request(session_id) for session_id in sessions]})
    eventually(lambda: len(_members(deployed, made["id"])) == 2 or None, "submitted requests")

    first = deployed.api.call("DELETE", f"batches/{made['id']}")
    again = deployed.api.call("DELETE", f"batches/{made['id']}")

    assert [(status, body["state"]) for status, _, body in (first, again)] == [(202, "cancelled")] * 2
    assert _at_rest(deployed, made["id"])["counts"]["cancelled"] == 2
    assert {summary["type"] for summary in _summaries(deployed, made["id"])} == {"batch.cancelled"}
    for request_id, state in _members(deployed, made["id"]).items():
        assert (state, deployed.execution(request_id)["status"]) == ("cancelled", "ABORTED")
        assert deployed.message(request_id)["type"] == "stream.cancelled"


def test_a_batch_that_is_cancelled_before_its_time_submits_nothing(deployed: Deployed) -> None:
    session_id = new_session_id()
    later = to_iso(utc_now() + timedelta(days=100))
    _, _, made = _post(deployed, {"requests": [_request(session_id)], "startAt": later})

    deployed.api.call("DELETE", f"batches/{made['id']}")

    assert _at_rest(deployed, made["id"])["counts"]["cancelled"] == 1
    assert len(list(_summaries(deployed, made["id"]))) == 2
    assert (_members(deployed, made["id"]), deployed.calls(session_id)) == ({}, [])


def test_a_batch_whose_execution_somebody_stops_is_cancelled_and_says_so(deployed: Deployed) -> None:
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=600)
    _, _, made = _post(deployed, {"requests": [_request(session_id)]})
    eventually(lambda: _members(deployed, made["id"]) or None, "submitted request")

    machine = deployed.resource("BatchesStateMachine")
    run = machine.replace(":stateMachine:", ":execution:") + f":{made['id']}"
    deployed.sfn.stop_execution(executionArn=run)

    shown = _at_rest(deployed, made["id"])
    assert (shown["state"], shown["error"], shown["counts"]["cancelled"]) == ("cancelled", "ExecutionAborted", 1)
    assert shown["message"] == "The batch's execution ended early"
    assert deployed.execution(f"{made['id']}-1")["status"] == "ABORTED"
    assert {summary["type"] for summary in _summaries(deployed, made["id"])} == {"batch.cancelled"}

"""A batch and its slices as items of the table of batches, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from greenroom.domain.caller import Caller
from greenroom.domain.errors import FieldError
from greenroom.domain.values import Failure
from greenroom.record.batch import (
    Batch,
    BatchState,
    Counts,
    Rejection,
    from_item,
    rejections_from_text,
    rejections_to_text,
    slice_from_item,
    slice_id,
    slice_to_item,
    to_item,
)
from greenroom.request.batch_lines import Slice
from tests.support.fakes import NOW

ARN = "arn:aws:sts::111122223333:assumed-role/Portal/nine"
BATCH = Batch(
    id="b",
    owner=ARN,
    digest="0123456789abcdef",
    created_at=NOW,
    start_at=NOW + timedelta(hours=1),
    total=900,
    slices=4,
    defaults={"deadlineSeconds": 600.0},
    metadata={"class": "A-17"},
    caller=Caller(ARN, "us-west-2:person"),
)


@pytest.mark.parametrize("caller", [None, Caller(ARN), Caller(ARN, "us-west-2:person")], ids=repr)
def test_a_new_batch_comes_back_as_it_was_and_is_due_when_it_begins(caller: Caller | None) -> None:
    batch = replace(BATCH, caller=caller)
    assert from_item(to_item(batch)) == replace(batch, due_at=batch.start_at)


def test_how_a_batch_went_comes_back_as_it_was_kept() -> None:
    later = {
        "outcome": "cancelled",
        "begunAt": "2026-11-24T12:00:01.000Z",
        "cancelledAt": "2026-11-24T12:00:02.000Z",
        "endedAt": "2026-11-24T12:00:03.000Z",
        "dueAt": "2026-11-24T12:00:04.000Z",
        "counts": {"pending": 1, "ready": 2, "failed": 3, "timed_out": 4, "cancelled": 5, "rejected": 6},
        "failure": {"error": "BatchCancelled", "message": "By you"},
        "told": {"sns"},
        "closings": 2,
    }
    assert from_item(to_item(BATCH) | later) == replace(
        BATCH,
        outcome=BatchState.CANCELLED,
        begun_at=NOW + timedelta(seconds=1),
        cancelled_at=NOW + timedelta(seconds=2),
        ended_at=NOW + timedelta(seconds=3),
        due_at=NOW + timedelta(seconds=4),
        counts=Counts(1, 2, 3, 4, 5, 6),
        failure=Failure("BatchCancelled", "By you"),
        told=frozenset({"sns"}),
        successors=2,
    )


def test_a_batch_is_kept_under_the_names_that_releases_have_kept_batches_under() -> None:
    assert to_item(BATCH) == {
        "id": "b",
        "open": "batch",
        "dueAt": "2026-11-24T13:00:00.000Z",
        "owner": ARN,
        "digest": "0123456789abcdef",
        "createdAt": "2026-11-24T12:00:00.000Z",
        "startAt": "2026-11-24T13:00:00.000Z",
        "total": 900,
        "slices": 4,
        "defaults": '{"deadlineSeconds": 600.0}',
        "metadata": '{"class": "A-17"}',
        "caller": {"arn": ARN, "cognitoIdentityId": "us-west-2:person"},
    }


def test_batches_that_compete_for_an_id_keep_their_slices_apart() -> None:
    assert slice_id("b", "0123456789abcdef", 12) == "b/01234567/0012"


def test_a_slice_comes_back_as_it_was_and_takes_less_room() -> None:
    part = Slice(101, b'{"studioId": "s"}\n' * 100)
    item = slice_to_item(part)
    assert item.keys() == {"first", "lines"}
    assert len(item["lines"]) < len(part.text) / 10
    assert slice_from_item(item) == part


def test_rejections_come_back_as_they_were_kept() -> None:
    rejections = [Rejection(7, [FieldError("notify[0].url", "must be https"), FieldError("body", "too long")])]
    text = rejections_to_text(rejections)
    assert text == '[[7, [["notify[0].url", "must be https"], ["body", "too long"]]]]'
    assert rejections_from_text(text) == rejections

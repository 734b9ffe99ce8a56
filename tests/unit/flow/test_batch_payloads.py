"""What the tasks of a batch are given and answer: executions that began by an earlier definition give and read it too.

The literals are those of the first release with batches. None may be taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from greenroom.domain.values import Failure
from greenroom.flow.batch_payloads import BatchProgress, BatchStart, BatchTask, Closing, Ending, SliceTask, Submitted
from greenroom.record.batch import Batch, BatchState, Counts, from_item
from tests.support.fakes import NOW

COUNTS = {"pending": 1, "ready": 2, "failed": 3, "timed_out": 4, "cancelled": 5, "rejected": 6}
KEPT = Counts(1, 2, 3, 4, 5, 6)

GIVEN: list[tuple[Any, Mapping[str, Any], Any]] = [
    (BatchTask, {"id": "b"}, BatchTask("b")),
    (SliceTask, {"id": "b", "slice": 3}, SliceTask("b", 3)),
    (Closing, {"id": "b", "Error": "", "Cause": ""}, Closing("b", None, quiet=None)),
    (
        Closing,
        {"id": "b", "Error": "RecordUnavailable", "Cause": '{"errorMessage": "DynamoDB did not answer"}'},
        Closing("b", Failure("RecordUnavailable", "DynamoDB did not answer"), quiet=None),
    ),
    (Closing, {"id": "b", "Error": "Why"}, Closing("b", Failure("Why", ""), quiet=None)),
    (Closing, {"id": "b", "Error": "", "quiet": True}, Closing("b", None, quiet=True)),
    (Ending, {"id": "b", "closing": True, "counts": COUNTS}, Ending("b", closing=True, counts=KEPT)),
]


@pytest.mark.parametrize(("payload", "given", "read"), GIVEN, ids=str)
def test_what_an_earlier_definition_gives_is_read(payload: Any, given: Mapping[str, Any], read: Any) -> None:
    assert payload.load(given) == read


@pytest.mark.parametrize(
    ("result", "needed"),
    [
        (BatchStart([0, 1]), {"slices": [0, 1]}),
        (Submitted(48, 2), {"accepted": 48, "rejected": 2}),
        (BatchProgress(5, KEPT), {"wait": 5, "counts": COUNTS}),
        (BatchProgress(5, KEPT, quiet=True), {"wait": 5, "counts": COUNTS}),
    ],
    ids=str,
)
def test_what_an_earlier_definition_reads_is_answered(result: Any, needed: Mapping[str, Any]) -> None:
    assert needed.items() <= result.dump().items()


def test_a_batch_that_was_kept_by_an_earlier_release_is_read() -> None:
    at = "2026-11-24T12:00:00+00:00"
    item = {
        "id": "b", "open": "batch", "dueAt": at, "owner": "arn", "digest": "d", "createdAt": at, "startAt": at,
        "total": 120, "slices": 3, "defaults": "{}", "metadata": '{"class": "A-17"}', "begunAt": at, "closings": 2,
    }  # fmt: skip
    assert from_item(item) == Batch(
        id="b",
        owner="arn",
        digest="d",
        created_at=NOW,
        start_at=NOW,
        total=120,
        slices=3,
        metadata={"class": "A-17"},
        begun_at=NOW,
        due_at=NOW,
        successors=2,
    )
    assert from_item({key: value for key, value in item.items() if key not in {"begunAt", "closings"}}).state is (
        BatchState.SCHEDULED
    )

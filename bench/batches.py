"""What a batch costs on top of its streams, and how long its requests take to submit. `python -m bench.batches`.

Counted from the code and the definition: the slices as they are cut and compressed, the looks by their pauses. What a
function does takes no part of it: the streams' own costs are those of docs/cost.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.prices import Price
from greenroom.flow.batches import pause
from greenroom.record.attribute_values import to_item
from greenroom.record.batch import Batch, slice_id, slice_to_item
from greenroom.record.batch import to_item as batch_to_item
from greenroom.request.batch_lines import Slice, as_lines, slices
from simulation.dynamodb.limits import half_read_units, write_units

DEFINITION = Path(__file__).parents[1] / "statemachine" / "batch.asl.json"
# An assumption: a request is checked, and makes three calls of about 8 ms: what was learned, its record, its execution.
REQUEST_SECONDS = 0.025
# An entry of the index by batch and state: its keys, their names, and what DynamoDB adds.
INDEX_BYTES = 200
# Outside of the loops: the first Choice, the Wait for the start, BeginBatch, the Map, the last look and EndBatch.
ONCE = 8
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def table() -> list[str]:
    """The rows of the table in docs/batches.md."""
    heads = "| requests, all ended after an hour | submitted in | state transitions | write units | $ | $ a request |"
    return [heads, "| --- | --- | --- | --- | --- | --- |", *(_row(requests) for requests in (30, 1_000, 10_000))]


def _row(requests: int) -> str:
    parts = list(slices(as_lines([{"sessionId": f"session-{n}", "metadata": {"seat": n}} for n in range(requests)])))
    batch = Batch("b" * 36, "arn:aws:iam::111122223333:role/class", "d" * 64, NOW, NOW, requests, len(parts))
    looks = sum(1 for _ in _looks(batch, timedelta(hours=1)))
    transitions = ONCE + len(parts) + 3 * looks
    writes = sum(write_units(None, _item(batch, number, part)) for number, part in enumerate(parts)) + 6
    # Each request's record is in one index more: an entry made, and one exchanged for another at its end.
    index_writes = 3 * requests
    reads = (looks + 2) * (_rejection_reads(batch, parts) + math.ceil(requests * INDEX_BYTES / 4096) / 2)
    dollars = (
        Price.STATE_TRANSITION.of(transitions)
        + Price.WRITE_UNIT.of(writes + index_writes)
        + Price.READ_UNIT.of(reads)
        + Price.LAMBDA_REQUEST.of(len(parts) + looks + 4)
        + Price.LAMBDA_DURATION.of(requests * REQUEST_SECONDS + (looks + 4) * 0.1)
    )
    at_once = json.loads(DEFINITION.read_text())["States"]["SubmitRequests"]["MaxConcurrency"]
    seconds = math.ceil(len(parts) / at_once) * min(requests, 50) * REQUEST_SECONDS
    cells = (f"{requests:,}", f"{seconds:.0f} s", f"{transitions:,}", f"{writes + index_writes:,}", f"{dollars:.4f}")
    return f"| {' | '.join(cells)} | {dollars / requests:.7f} |"


def _item(batch: Batch, number: int, part: Slice) -> dict[str, object]:
    return to_item({"id": slice_id(batch.id, batch.digest, number), **slice_to_item(part), "ttl": 1_800_000_000})


def _rejection_reads(batch: Batch, parts: list[Slice]) -> float:
    """A look reads the batch, and its slices for what was rejected of them."""
    halves = [half_read_units(_item(batch, number, part), consistent=True) for number, part in enumerate(parts)]
    return (half_read_units(to_item(batch_to_item(batch)), consistent=True) + sum(halves)) / 2


def _looks(batch: Batch, ends_after: timedelta) -> Iterator[datetime]:
    """When a batch is looked at that begins at once and ends so long after."""
    batch, now = replace(batch, begun_at=batch.start_at), batch.start_at
    while now < batch.start_at + ends_after:
        now += timedelta(seconds=pause(batch, now))
        yield now


if __name__ == "__main__":
    print("\n".join(table()))

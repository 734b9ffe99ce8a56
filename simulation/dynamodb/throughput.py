"""What a table, an index and each of their partitions take in a second, and the refusal of more.

Each partition key takes 1,000 write units and 3,000 read units a second:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html. DynamoDB isolates a key
that is busy, so keys do not share a partition here for long enough to matter; what one key has is split only by its
sort key, and not where that grows all the time, as `createdAt` and `dueAt` do:
https://aws.amazon.com/blogs/database/part-2-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance/.
So it is never split here. Nor is there a burst beyond one second: DynamoDB keeps what was not used for up to five
minutes, but promises nothing of it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html.

A table that is new, on demand, takes 4,000 write units and 12,000 read units a second in all:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html.

An index that cannot take its part of a write has the write refused:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simulation.dynamodb.errors import DynamoDbError

PARTITION_WRITES, PARTITION_READS = 1000.0, 3000.0
NEW_WRITES, NEW_READS = 4000.0, 12_000.0
WRITE, READ = "Write", "Read"


@dataclass(frozen=True)
class Cost:
    """So many units of a table's partition or, where an index is named, of that of an index."""

    table: str
    partition: str
    units: float
    index: str = ""

    @property
    def resource(self) -> str:
        return f"{self.table}/index/{self.index}" if self.index else self.table


class Throughput:
    """Buckets of one second: a call may take more than is left, and the next one waits for it.

    `writes` and `reads`: of a table in all, or of an index.
    """

    def __init__(self, clock: Callable[[], float], *, writes: float = NEW_WRITES, reads: float = NEW_READS) -> None:
        self._clock = clock
        self._rates = {
            (WRITE, True): PARTITION_WRITES,
            (READ, True): PARTITION_READS,
            (WRITE, False): writes,
            (READ, False): reads,
        }
        self._left: dict[tuple[str, str, str | None], tuple[float, float]] = {}
        self.refused: Counter[tuple[str, str]] = Counter()
        """How often, by table or index and by reason."""

    def take(self, kind: str, costs: Iterable[Cost]) -> None:
        """Take all of it, or raise ThrottlingException and take nothing."""
        costs = list(costs)
        for cost in costs:
            for partition in (cost.partition, None):
                if self._tokens(kind, cost.resource, partition) <= 0:
                    raise self._refusal(kind, cost, partition)
        for cost in costs:
            for partition in (cost.partition, None):
                left = self._tokens(kind, cost.resource, partition) - cost.units
                self._left[kind, cost.resource, partition] = left, self._clock()

    def _tokens(self, kind: str, resource: str, partition: str | None) -> float:
        rate, now = self._rates[kind, partition is not None], self._clock()
        left, at = self._left.get((kind, resource, partition), (rate, now))
        return min(rate, left + rate * (now - at))

    def _refusal(self, kind: str, cost: Cost, partition: str | None) -> DynamoDbError:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html."""
        limit = "KeyRangeThroughputExceeded" if partition is not None else "AccountLimitExceeded"
        reason = f"{'Index' if cost.index else 'Table'}{kind}{limit}"
        self.refused[cost.resource, reason] += 1
        members = {"throttlingReasons": [{"reason": reason, "resource": cost.resource}]}
        return DynamoDbError("ThrottlingException", f"The request was denied due to throttling: {reason}", members)

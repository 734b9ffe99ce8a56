"""The content of one table and of its indexes."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from simulation.dynamodb.errors import invalid
from simulation.dynamodb.ordered import Ordered, Primary
from simulation.dynamodb.schema import Index, Table
from simulation.dynamodb.throughput import READ, Cost, Throughput
from simulation.dynamodb.units import half_units_of, index_units, write_units
from simulation.dynamodb.values import Item, rank, type_of


class LaggingIndex:
    """An index that shows each change some time after it was made; those of one item in their order.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
    """

    def __init__(self, index: Index, clock: Callable[[], float], lag: Callable[[], float]) -> None:
        self.index = index
        self._clock = clock
        self._lag = lag
        self._shown = Ordered(index.key)
        self._coming: list[tuple[float, int, Primary, Item | None]] = []
        self._last: dict[Primary, float] = {}
        self._numbers = count()

    def put(self, primary: Primary, entry: Item | None) -> None:
        at = max(self._clock() + self._lag(), self._last.get(primary, 0))
        self._last[primary] = at
        heapq.heappush(self._coming, (at, next(self._numbers), primary, entry))

    def shown(self) -> Ordered:
        """Return what the index shows now."""
        while self._coming and self._coming[0][0] <= self._clock():
            at, _, primary, entry = heapq.heappop(self._coming)
            self._shown.put(primary, entry)
            if self._last.get(primary) == at:
                del self._last[primary]
        return self._shown


class Store:
    """A table's items, which a read always sees as last written, and its indexes, which may lag.

    `throughput`: what it takes in a second; None: anything.
    """

    def __init__(
        self, table: Table, clock: Callable[[], float], lag: Callable[[], float], throughput: Throughput | None
    ) -> None:
        self.table = table
        self._throughput = throughput
        self.content = Ordered(table.key)
        self._indexes = {index.name: LaggingIndex(index, clock, lag) for index in table.indexes}

    def index(self, name: str) -> LaggingIndex:
        if name not in self._indexes:
            raise invalid(f"The table does not have the specified index: {name}")
        return self._indexes[name]

    def key_of(self, key: Mapping[str, Any]) -> Primary:
        """Return an item's key from its attributes, and check that these are its key and no others."""
        names = self.table.key
        if set(key) != set(names):
            raise invalid("The provided key element does not match the schema")
        return self.primary_of(key)

    def primary_of(self, item: Mapping[str, Any]) -> Primary:
        """Return the key of an item, and check its types."""
        for name in self.table.key:
            if item.get(name) is None or type_of(item[name]) != self.table.type_of(name):
                raise invalid("The provided key element does not match the schema")
        return tuple(str(rank(item[name])) for name in self.table.key)

    def check_index_keys(self, item: Item) -> None:
        """Raise ValidationException for an index key of another type than the index has."""
        for index in self.table.indexes:
            for name in index.key:
                if name in item and type_of(item[name]) != self.table.type_of(name):
                    raise invalid(f"One or more parameter values were invalid: Type mismatch for Index Key {name}")

    def write(self, primary: Primary, new: Item | None) -> None:
        old = self.content.get(primary)
        self.content.put(primary, new)
        for lagging in self._indexes.values():
            entry = self.table.entry(lagging.index, new)
            if entry != self.table.entry(lagging.index, old):
                lagging.put(primary, entry)

    def take_read(self, partition: str, read_bytes: int, *, consistent: bool, index: str = "") -> None:
        """Take what a read costs, or raise ThrottlingException."""
        if self._throughput:
            units = half_units_of(read_bytes, consistent=consistent) / 2
            self._throughput.take(READ, [Cost(self.table.name, partition, units, index)])

    def costs(self, primary: Primary, old: Item | None, new: Item | None, times: int) -> list[Cost]:
        """Return what a write costs, in the table, `times` as much there, and in each index."""
        if not self._throughput:
            return []
        return [
            Cost(self.table.name, primary[0], times * write_units(old, new)),
            *(
                Cost(self.table.name, partition, units, index.name)
                for index in self.table.indexes
                for partition, units in index_units(self.table, index, old, new).items()
            ),
        ]

    def expired(self, now: float) -> Iterator[tuple[Primary, Item]]:
        """The items whose time is over. One that is over for five years stays.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
        """
        name = self.table.ttl
        for item in self.content.items() if name else ():
            value = item.get(str(name), {}).get("N")
            if value is not None and now - _FIVE_YEARS < float(value) < now:
                yield self.primary_of(item), item


_FIVE_YEARS = 5 * 365 * 86_400

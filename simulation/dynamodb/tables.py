"""Tables: what one is, its items in the order in which DynamoDB has them, and its indexes, which may lag."""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count
from typing import Any

from simulation.dynamodb.limits import READ, Cost, Throughput, half_units_of, write_units
from simulation.dynamodb.values import Item, Value, invalid, rank, size, type_of

Primary = tuple[str, ...]
"""The values of an item's key in the table."""
_FIVE_YEARS = 5 * 365 * 86_400


@dataclass(frozen=True)
class Index:
    """A global secondary index. An item without one of its keys is not in it.

    `projected`: the attributes that an entry has beside its keys and the table's; None: all.
    """

    name: str
    key: tuple[str, ...]
    projected: frozenset[str] | None = frozenset()


@dataclass(frozen=True)
class Table:
    """`key`: of an item, the partition key first. `types`: of the keys that are no texts."""

    name: str
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    ttl: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any]) -> Table:
        """Read the properties of an `AWS::DynamoDB::Table` in a CloudFormation template."""
        indexes = [
            Index(each["IndexName"], _key(each["KeySchema"]), _projected(each["Projection"]))
            for each in properties.get("GlobalSecondaryIndexes", ())
        ]
        types = {each["AttributeName"]: each["AttributeType"] for each in properties.get("AttributeDefinitions", ())}
        ttl = properties.get("TimeToLiveSpecification", {})
        return cls(
            name,
            _key(properties["KeySchema"]),
            tuple(indexes),
            ttl.get("AttributeName") if ttl.get("Enabled") in {True, "true"} else None,
            types,
        )

    def type_of(self, name: str) -> str:
        """Return the type of a key of the table or of an index."""
        return self.types.get(name, "S")

    def entry(self, index: Index, item: Item | None) -> Item | None:
        """Return what an index has of an item; None if the item is not in it."""
        if item is None or any(name not in item for name in index.key):
            return None
        if index.projected is None:
            return item
        names = {*self.key, *index.key, *index.projected}
        return {name: value for name, value in item.items() if name in names}


def tables_of(tables: Iterable[Table] | Mapping[str, tuple[str, ...]]) -> list[Table]:
    """Return tables that are given as such, or as the names of their keys by their own."""
    if isinstance(tables, Mapping):
        return [Table(name, key) for name, key in tables.items()]
    return list(tables)


def _key(schema: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    by_kind = {each["KeyType"]: each["AttributeName"] for each in schema}
    return tuple(by_kind[kind] for kind in ("HASH", "RANGE") if kind in by_kind)


def _projected(projection: Mapping[str, Any]) -> frozenset[str] | None:
    if projection["ProjectionType"] == "ALL":
        return None
    return frozenset(projection.get("NonKeyAttributes", ()))


@dataclass(frozen=True)
class Entry:
    """An item, or what an index has of it. `rank`: what sorts it in its partition."""

    partition: str
    rank: Any
    primary: Primary
    item: Item

    @cached_property
    def size(self) -> int:
        return size(self.item)


class Ordered:
    """Items by a key: the partition key and, where there is one, the sort key. Several may have the same one."""

    def __init__(self, key: Sequence[str]) -> None:
        self.key = tuple(key)
        self._entries: dict[Primary, Entry] = {}
        self._partitions: dict[str, list[Entry]] = {}
        self._order: list[tuple[bytes, str]] = []

    def get(self, primary: Primary) -> Item | None:
        entry = self._entries.get(primary)
        return entry.item if entry else None

    def items(self) -> list[Item]:
        return [entry.item for entry in self._entries.values()]

    def partition(self, name: str) -> Sequence[Entry]:
        """Return the entries of a partition key, sorted."""
        return self._partitions.get(name, ())

    def put(self, primary: Primary, item: Item | None) -> None:
        """Have an item in place of the one of the same primary key; None: have it no more."""
        old = self._entries.pop(primary, None)
        new = Entry(partition_of(self.key, item), self.rank_of(item), primary, item) if item is not None else None
        if new:
            self._entries[primary] = new
        if old and new and (old.partition, old.rank) == (new.partition, new.rank):
            partition = self._partitions[new.partition]
            partition[_place(partition, old)] = new
            return
        if old:
            self._take_out(old)
        if new:
            self._put_in(new)

    def rank_of(self, item: Mapping[str, Value]) -> Any:
        return rank(item[self.key[1]]) if len(self.key) > 1 else ""

    def scan(self, after: tuple[str, Any, Primary] | None = None) -> Iterator[Entry]:
        """All entries, partition by partition, after a place: in an order that nobody can foresee, but the same."""
        first = bisect_left(self._order, (_digest(after[0]), after[0])) if after else 0
        for _, name in self._order[first:]:
            partition = self._partitions[name]
            begin = after_place(partition, after[1:]) if after and name == after[0] else 0
            yield from partition[begin:]

    def _take_out(self, entry: Entry) -> None:
        partition = self._partitions[entry.partition]
        del partition[_place(partition, entry)]
        if not partition:
            del self._partitions[entry.partition]
            del self._order[bisect_left(self._order, (_digest(entry.partition), entry.partition))]

    def _put_in(self, entry: Entry) -> None:
        partition = self._partitions.get(entry.partition)
        if partition is None:
            self._partitions[entry.partition] = [entry]
            insort(self._order, (_digest(entry.partition), entry.partition))
        else:
            insort(partition, entry, key=_in_order)


def partition_of(key: Sequence[str], item: Mapping[str, Value]) -> str:
    """Return the partition key's value as a text."""
    return str(rank(item[key[0]]))


def after_place(partition: Sequence[Entry], place: tuple[Any, Primary]) -> int:
    """Return where those begin that come after a place: the rank and the primary key of an entry, there or not."""
    at = bisect_left(partition, place, key=_in_order)
    return at + 1 if at < len(partition) and _in_order(partition[at]) == place else at


def before_place(partition: Sequence[Entry], place: tuple[Any, Primary]) -> int:
    """Return where those end that come before a place."""
    return bisect_left(partition, place, key=_in_order)


def _place(partition: Sequence[Entry], entry: Entry) -> int:
    return bisect_left(partition, _in_order(entry), key=_in_order)


def _in_order(entry: Entry) -> tuple[Any, Primary]:
    return entry.rank, entry.primary


@cache
def _digest(partition: str) -> bytes:
    return hashlib.blake2b(partition.encode(), digest_size=8).digest()


def index_units(table: Table, index: Index, old: Item | None, new: Item | None) -> dict[str, int]:
    """Return the units that a write of the table costs in an index, by partition key.

    An entry that stays as it is costs nothing; one whose keys change is deleted and written.
    """
    before, after = table.entry(index, old), table.entry(index, new)
    if before == after:
        return {}
    if before and after and all(before[key] == after[key] for key in index.key):
        return {partition_of(index.key, after): write_units(before, after)}
    units: dict[str, int] = {}
    for entry in (before, after):
        if entry:
            partition = partition_of(index.key, entry)
            units[partition] = units.get(partition, 0) + write_units(entry)
    return units


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

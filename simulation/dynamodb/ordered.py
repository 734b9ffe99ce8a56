"""Items in the order in which DynamoDB has them: by partition, and there by the sort key."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from simulation.dynamodb.sizes import size
from simulation.dynamodb.values import Item, Value, rank

Primary = tuple[str, ...]
"""The values of an item's key in the table."""


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

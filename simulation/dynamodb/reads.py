"""Reads: of one item, and, by Query and Scan, of many, page by page.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from simulation.dynamodb.conditions import condition
from simulation.dynamodb.errors import invalid
from simulation.dynamodb.key_conditions import Part, part
from simulation.dynamodb.lexer import Words
from simulation.dynamodb.operands import Given
from simulation.dynamodb.ordered import Entry, Ordered, Primary, after_place, before_place, partition_of
from simulation.dynamodb.projections import paths_of, project
from simulation.dynamodb.sizes import size
from simulation.dynamodb.stores import Store
from simulation.dynamodb.values import Item, Path

PAGE_BYTES = 1024 * 1024
_BOUNDARIES = "The provided starting key is outside query boundaries based on provided conditions"


@dataclass(frozen=True)
class _Asked:
    """What a request reads: the table's own items, or an index."""

    store: Store
    request: Mapping[str, Any]
    content: Ordered
    projected: frozenset[str] | None
    index: str = ""

    @classmethod
    def by(cls, store: Store, request: Mapping[str, Any]) -> _Asked:
        if (name := request.get("IndexName")) is None:
            return cls(store, request, store.content, None)
        if request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        lagging = store.index(name)
        projected = lagging.index.projected
        if projected is not None:
            projected |= {*store.table.key, *lagging.index.key}
            if request.get("Select") == "ALL_ATTRIBUTES":
                raise invalid(f"Select type ALL_ATTRIBUTES is not supported for global secondary index {name}")
        return cls(store, request, lagging.shown(), projected, name)

    def given(self, item: Item) -> Given:
        names, values = self.request.get("ExpressionAttributeNames"), self.request.get("ExpressionAttributeValues")
        return Given(item, names or {}, values or {})

    def start(self) -> Entry | None:
        """Return the place that the request starts after."""
        if (key := self.request.get("ExclusiveStartKey")) is None:
            return None
        names = (*self.content.key, *(name for name in self.store.table.key if name not in self.content.key))
        if set(key) != set(names):
            raise invalid("The provided starting key is invalid")
        return Entry(
            partition_of(self.content.key, key), self.content.rank_of(key), self.store.primary_of(key), dict(key)
        )

    def paths(self) -> list[Path] | None:
        """Return what the answer shows of each item; None: all."""
        if (text := self.request.get("ProjectionExpression")) is None:
            return None
        paths = paths_of(text, self.given({}))
        if self.projected is not None and any(at[0] not in self.projected for at in paths):
            raise invalid("One or more parameter values were invalid: the index does not project what is asked for")
        return paths

    def page(self, entries: Iterable[Entry], partition: str | None = None) -> dict[str, Any]:
        """Read so many as the limit and a page's size have room for, and then filter.

        `partition`: where they all are; of a scan, where it begins. A page that ends at the limit says where to go on,
        also where nothing comes after it.
        """
        limit = self.request.get("Limit")
        if limit is not None and limit < 1:
            raise invalid("Value at 'limit' failed to satisfy constraint: must be greater than or equal to 1")
        read, is_whole = _taken(entries, limit)
        self.store.take_read(
            partition if partition is not None else read[0].partition if read else "",
            sum(entry.size for entry in read),
            consistent=self.request.get("ConsistentRead", False),
            index=self.index,
        )
        text, paths = self.request.get("FilterExpression"), self.paths()
        holds = condition(text) if text is not None else None
        items = [entry.item for entry in read if holds is None or holds(self.given(entry.item))]
        answer: dict[str, Any] = {"Count": len(items), "ScannedCount": len(read)}
        if self.request.get("Select") != "COUNT":
            answer["Items"] = items if paths is None else [project(item, paths) for item in items]
        if read and not is_whole:
            names = (*self.store.table.key, *self.content.key)
            answer["LastEvaluatedKey"] = {name: read[-1].item[name] for name in names}
        return answer


def get(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a GetItem."""
    key = store.key_of(request["Key"])
    found = store.content.get(key)
    store.take_read(key[0], size(found or {}), consistent=request.get("ConsistentRead", False))
    if found is not None and (text := request.get("ProjectionExpression")) is not None:
        found = project(found, paths_of(text, Given(found, request.get("ExpressionAttributeNames", {}), {})))
    return {} if found is None else {"Item": found}


def query(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a Query."""
    asked = _Asked.by(store, request)
    given = asked.given({})
    if "KeyConditionExpression" not in request:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    wanted = part(request["KeyConditionExpression"], given, asked.content.key, store.table.type_of)
    _check_filter(request.get("FilterExpression"), given, asked.content.key)
    entries = asked.content.partition(wanted.partition)
    is_forward = request.get("ScanIndexForward", True)
    first, last = _between(entries, wanted, asked.start(), is_forward=is_forward)
    chosen = range(first, last) if is_forward else range(last - 1, first - 1, -1)
    return asked.page((entries[at] for at in chosen), wanted.partition)


def scan(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a Scan, of one segment."""
    asked = _Asked.by(store, request)
    start = asked.start()
    return asked.page(asked.content.scan((start.partition, start.rank, start.primary) if start else None))


def _between(entries: Sequence[Entry], wanted: Part, start: Entry | None, *, is_forward: bool) -> tuple[int, int]:
    """Return where a query begins in its partition, and before which place it ends."""
    first, last = wanted.bounds(entries)
    if start is None:
        return first, last
    if start.partition != wanted.partition or wanted.bounds([start]) != (0, 1):
        raise invalid(_BOUNDARIES)
    place: tuple[Any, Primary] = start.rank, start.primary
    return (after_place(entries, place), last) if is_forward else (first, before_place(entries, place))


def _taken(entries: Iterable[Entry], limit: int | None) -> tuple[list[Entry], bool]:
    """Return what fits in a page, and whether that is all."""
    read: list[Entry] = []
    total = 0
    for entry in islice(entries, limit):
        read.append(entry)
        total += entry.size
        if total >= PAGE_BYTES:
            return read, False
    return read, limit is None or len(read) < limit


def _check_filter(text: str | None, given: Given, key: Sequence[str]) -> None:
    words = Words(text).all if text is not None else []
    for before, word in zip(["", *words], words, strict=False):
        if before != "." and not word.startswith(":") and given.names.get(word, word) in key:
            raise invalid(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {word}"
            )

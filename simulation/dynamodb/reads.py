"""Reads: of one item, and, by Query and Scan, of many, page by page.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from simulation.dynamodb.expressions import Given, Term, Words, condition, key_condition, projection
from simulation.dynamodb.tables import Entry, Ordered, Primary, Store, after_place, before_place, partition_of
from simulation.dynamodb.values import Item, Path, invalid, project, rank, size, type_of

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
        return Given.by(self.request, item)

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
        paths = projection(text, self.given({}))
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
        found = project(found, projection(text, Given.by(request, found)))
    return {} if found is None else {"Item": found}


def query(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a Query."""
    asked = _Asked.by(store, request)
    given = asked.given({})
    if "KeyConditionExpression" not in request:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    wanted = _part(request["KeyConditionExpression"], given, asked.content.key, store.table.type_of)
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


@dataclass(frozen=True)
class _Part:
    """Of a partition, by its key's value, those entries whose sort key is within `bounds`, which finds them."""

    partition: str
    bounds: Callable[[Sequence[Entry]], tuple[int, int]]


def _part(text: str, given: Given, key: Sequence[str], type_of_key: Callable[[str], str]) -> _Part:
    """Return what a key condition asks for of a table or index with this key."""
    by_name: dict[str, Term] = {}
    for term in key_condition(text):
        name = str(term.name(given)[0])
        if name not in key:
            raise invalid(f"Query condition names what is no key: {name}")
        if name in by_name:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        by_name[name] = term
    if key[0] not in by_name:
        raise invalid(f"Query condition missed key schema element: {key[0]}")
    if by_name[key[0]].sign != "=":
        raise invalid("Query key condition not supported")
    (partition,) = _ranks(by_name[key[0]], given, type_of_key(key[0]))
    if len(by_name) == 1:
        return _Part(str(partition), lambda entries: (0, len(entries)))
    term = by_name[key[1]]
    return _Part(str(partition), _bounds(term.sign, _ranks(term, given, type_of_key(key[1]))))


def _ranks(term: Term, given: Given, wanted: str) -> list[Any]:
    values = [value(given) for value in term.values]
    if any(value is None or type_of(value) != wanted for value in values):
        raise invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    return [rank(value) for value in values if value is not None]


def _bounds(sign: str, ranks: Sequence[Any]) -> Callable[[Sequence[Entry]], tuple[int, int]]:
    first, last = ranks[0], ranks[-1]
    match sign:
        case "=" | "BETWEEN":
            return lambda entries: (_left(entries, first), _right(entries, last))
        case "<":
            return lambda entries: (0, _left(entries, first))
        case "<=":
            return lambda entries: (0, _right(entries, first))
        case ">":
            return lambda entries: (_right(entries, first), len(entries))
        case ">=":
            return lambda entries: (_left(entries, first), len(entries))
    return lambda entries: (
        _left(entries, first),
        bisect_right(entries, first, key=lambda entry: entry.rank[: len(first)]),
    )


def _left(entries: Sequence[Entry], wanted: Any) -> int:
    return bisect_left(entries, wanted, key=_rank)


def _right(entries: Sequence[Entry], wanted: Any) -> int:
    return bisect_right(entries, wanted, key=_rank)


def _rank(entry: Entry) -> Any:
    return entry.rank


def _between(entries: Sequence[Entry], wanted: _Part, start: Entry | None, *, is_forward: bool) -> tuple[int, int]:
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

"""What a table is: its key, its indexes, and the attribute that says when an item expires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulation.dynamodb.values import Item

TEXT = "S"


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
        return self.types.get(name, TEXT)

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

"""The request units of DynamoDB's on-demand mode, from items as they travel.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenroom.record.items import DUE_INDEX, OWNER_INDEX, Attribute
from simulation.dynamodb.sizes import size

Item = Mapping[str, Any]
WRITE_BYTES, READ_BYTES = 1024, 4096


@dataclass(frozen=True)
class Index:
    """A global secondary index. An item without one of its keys is not in it. `projects_all`: else its keys only."""

    name: str
    keys: tuple[str, str]
    projects_all: bool

    def entry(self, item: Item | None) -> Item | None:
        if item is None or any(key not in item for key in self.keys):
            return None
        names = item.keys() if self.projects_all else {*self.keys, Attribute.ID.value}
        return {name: value for name, value in item.items() if name in names}

    def partition(self, item: Item) -> str:
        """Return the value of the partition key."""
        return str(next(iter(item[self.keys[0]].values())))


INDEXES = (
    Index(OWNER_INDEX, (Attribute.OWNER.value, Attribute.CREATED_AT.value), projects_all=True),
    Index(DUE_INDEX, (Attribute.OPEN.value, Attribute.DUE_AT.value), projects_all=False),
)
"""Of the records; the other tables have none."""


def write_units(*items: Item | None) -> int:
    """Return the units of a write by the larger of what was there and what is there then; at least one."""
    return max(1, *(math.ceil(size(item) / WRITE_BYTES) for item in items if item is not None), 1)


def half_read_units(item: Item | None, *, consistent: bool) -> int:
    """Return the half units of a read of one item; one that is not there costs as much as a small one."""
    return max(1, math.ceil(size(item or {}) / READ_BYTES)) * (2 if consistent else 1)


def index_units(index: Index, old: Item | None, new: Item | None) -> dict[str, int]:
    """Return the units that a write of the table costs in an index, by partition key.

    An entry that stays as it is costs nothing; one whose keys change is deleted and written.
    """
    before, after = index.entry(old), index.entry(new)
    if before == after:
        return {}
    if before and after and all(before[key] == after[key] for key in index.keys):
        return {index.partition(after): write_units(before, after)}
    units: dict[str, int] = {}
    for entry in (before, after):
        if entry:
            units[index.partition(entry)] = units.get(index.partition(entry), 0) + write_units(entry)
    return units

"""The request units of DynamoDB's on-demand mode, from items as they travel.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simulation.dynamodb.ordered import partition_of
from simulation.dynamodb.schema import Index, Table
from simulation.dynamodb.sizes import size

Item = dict[str, Any]
WRITE_BYTES, READ_BYTES = 1024, 4096


def write_units(*items: Mapping[str, Any] | None) -> int:
    """Return the units of a write by the larger of what was there and what is there then; at least one."""
    return max(1, *(math.ceil(size(item) / WRITE_BYTES) for item in items if item is not None), 1)


def half_read_units(item: Mapping[str, Any] | None, *, consistent: bool) -> int:
    """Return the half units of a read of one item; one that is not there costs as much as a small one."""
    return half_units_of(size(item or {}), consistent=consistent)


def half_units_of(read_bytes: int, *, consistent: bool) -> int:
    """Return the half units of all that one call reads."""
    return max(1, math.ceil(read_bytes / READ_BYTES)) * (2 if consistent else 1)


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

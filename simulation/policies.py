"""The deployments that are compared: the environment of their functions, their tables, and what follows these."""

from __future__ import annotations

from collections.abc import Mapping

from greenroom.record.items import BATCH_INDEX, DUE_INDEX, OWNED, OWNED_INDEX, Attribute
from simulation.dynamodb import Index, Table
from simulation.dynamodb.values import Item
from simulation.followers import Following

RECORDS, SCHEDULES = "records", "schedules"
_KEY = (Attribute.ID.value,)
TABLES = (
    Table(
        RECORDS,
        _KEY,
        (
            Index(OWNED_INDEX, (Attribute.OWNER.value, Attribute.CREATED_AT.value), frozenset(OWNED)),
            Index(DUE_INDEX, (Attribute.OPEN.value, Attribute.DUE_AT.value)),
            Index(BATCH_INDEX, (Attribute.BATCH.value, Attribute.STATE.value)),
        ),
        Attribute.TTL.value,
    ),
    *(Table(name, _KEY, ttl=Attribute.TTL.value) for name in (SCHEDULES, "stream-urls", "paces")),
)
"""As the stack has them."""
COMMON = {
    "RECORDS_TABLE": RECORDS,
    "STREAM_URLS_TABLE": "stream-urls",
    "PROVIDERS": "nimble",
    "DEADLINE_SECONDS": "900",
    "RETENTION_DAYS": "7",
    "LOOK_COST_SECONDS": "0.5",
}
LEARNS = "SCHEDULES_TABLE"
POLICIES: Mapping[str, Mapping[str, str]] = {
    "greenroom": {LEARNS: SCHEDULES, "PACES_TABLE": "paces"},
    "greenroom-unpaced": {},
}
"""The variables by which the functions of a policy differ: without the tables they neither learn nor pace."""


def _ends(old: Item, new: Item) -> bool:
    return "state" in new and new["state"] != {"S": "pending"} == old.get("state")


LEARNING = (
    Following("Announce", RECORDS, _ends, batch_size=10, parallelization_factor=10),
    Following(
        "Learn",
        SCHEDULES,
        lambda _old, new: new.get("stale") == {"BOOL": True},
        batch_size=100,
        gather_seconds=5,
        max_record_age_seconds=300,
    ),
)
"""From an outcome to what is learned of it."""

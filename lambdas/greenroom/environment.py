"""The environment of the functions, typed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Environment:
    """Each construct sets what its handler reads, by these names in capitals; the rest stays empty."""

    records_table: str = ""
    stream_urls_table: str = ""
    schedules_table: str = ""
    paces_table: str = ""
    batches_table: str = ""
    delivery_queue_url: str = ""
    dead_letter_queue_url: str = ""
    rejected_requests_queue_url: str = ""
    event_requests_queue_url: str = ""
    topic_arn: str = ""
    event_bus_name: str = ""
    state_machine_arn: str = ""
    batch_machine_arn: str = ""
    webhook_secret_arn: str = ""
    webhook_signing_key_arn: str = ""
    shared_webhook_signature: bool = True
    websocket_endpoint: str = ""
    api_url: str = ""
    link_secret_arn: str = ""
    studio_name: str = "Greenroom"
    studio_color: str = "#2f6f57"
    providers: tuple[str, ...] = ()
    batch_buckets: frozenset[str] = frozenset()
    batch_prefix: str = ""
    identities: str = "[]"
    callback_hosts: frozenset[str] = frozenset()
    trusted_callback_hosts: frozenset[str] = frozenset()
    callback_apis: frozenset[str] = frozenset()
    administrators: frozenset[str] = frozenset()
    shared_roles: frozenset[str] = frozenset()
    max_pending_requests: int | None = None
    max_batch_requests: int | None = None
    deadline_seconds: int = 0
    default_notify: str = "[]"
    claim_by_default: bool = False
    renew_expired_urls: bool = False
    retention_days: int = 0
    look_cost_seconds: float = 0.5

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Environment:
        """ValueError for a number that is none."""
        types = {field.name.upper(): field.type for field in fields(cls)}
        return cls(**{name.lower(): _READ[str(types[name])](text) for name, text in variables.items() if name in types})


def variables(**values: str) -> dict[str, str]:
    """Return variables as a function's environment names them; KeyError for a name that no field has."""
    if unknown := set(values) - {field.name for field in fields(Environment)}:
        raise KeyError(f"Environment has no {', '.join(sorted(unknown))}")
    return {name.upper(): value for name, value in values.items()}


def _parts(listed: str) -> list[str]:
    """`a, b` → ["a", "b"]."""
    return [name.strip() for name in listed.split(",") if name.strip()]


# How the text of a variable is read, by the type of its field.
_READ: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "int | None": lambda text: int(text) if text else None,
    "float": float,
    "bool": lambda text: text == "true",
    "frozenset[str]": lambda text: frozenset(_parts(text)),
    "tuple[str, ...]": lambda text: tuple(_parts(text)),
}


@cache
def environment() -> Environment:
    return Environment.of(os.environ)

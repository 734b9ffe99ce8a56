"""The environment of the functions, typed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from greenroom.providers.catalogue import DEFAULT


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
    shared_webhook_signature: str = "true"
    websocket_endpoint: str = ""
    api_url: str = ""
    link_secret_arn: str = ""
    studio_name: str = "Greenroom"
    studio_color: str = "#2f6f57"
    providers: str = DEFAULT
    batch_buckets: str = ""
    batch_prefix: str = ""
    identities: str = "[]"
    callback_hosts: str = ""
    trusted_callback_hosts: str = ""
    callback_apis: str = ""
    administrators: str = ""
    shared_roles: str = ""
    max_pending_requests: str = ""
    max_batch_requests: str = ""
    deadline_seconds: str = "0"
    default_notify: str = "[]"
    claim_by_default: str = "false"
    renew_expired_urls: str = "false"
    retention_days: str = "0"
    look_cost_seconds: str = "0.5"

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Environment:
        names = {field.name for field in fields(cls)}
        return cls(**{name.lower(): value for name, value in variables.items() if name.lower() in names})


def variables(**values: str) -> dict[str, str]:
    """Return variables as a function's environment names them; KeyError for a name that no field has."""
    if unknown := set(values) - {field.name for field in fields(Environment)}:
        raise KeyError(f"Environment has no {', '.join(sorted(unknown))}")
    return {name.upper(): value for name, value in values.items()}


def names(listed: str) -> frozenset[str]:
    """`a, b` → {"a", "b"}."""
    return frozenset(name.strip() for name in listed.split(",") if name.strip())


def flag(text: str) -> bool:
    return text == "true"


@cache
def environment() -> Environment:
    return Environment.of(os.environ)

"""The environment of the functions, typed."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache

from pydantic import BaseModel, ConfigDict

from greenroom.flow.defaults import Defaults
from greenroom.flow.schedule import Schedule
from greenroom.providers.catalogue import DEFAULT
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.notify_targets import STORED, TARGETS
from greenroom.request.rules import Rules


class Environment(BaseModel):
    """Each construct sets what its handler reads, by these names in capitals; the rest stays empty."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    records_table: str = ""
    stream_urls_table: str = ""
    delivery_queue_url: str = ""
    dead_letter_queue_url: str = ""
    rejected_requests_queue_url: str = ""
    topic_arn: str = ""
    event_bus_name: str = ""
    state_machine_arn: str = ""
    webhook_secret_arn: str = ""
    websocket_endpoint: str = ""
    api_url: str = ""
    providers: str = DEFAULT
    callback_hosts: str = ""
    trusted_callback_hosts: str = ""
    administrators: str = ""
    shared_roles: str = ""
    deadline_seconds: int = 0
    default_notify: str = "[]"
    claim_by_default: bool = False
    renew_expired_urls: bool = False
    retention_days: int = 0
    poll_first_seconds: int = 0
    poll_backoff_rate: float = 0
    poll_max_seconds: int = 0

    @property
    def hosts(self) -> CallbackHosts:
        return CallbackHosts(names(self.callback_hosts), names(self.trusted_callback_hosts))

    @property
    def rules(self) -> Rules:
        return Rules(tuple(self.providers.split(",")), self.hosts)

    @property
    def defaults(self) -> Defaults:
        schedule = Schedule(
            first=self.poll_first_seconds, backoff_rate=self.poll_backoff_rate, max=self.poll_max_seconds
        )
        notify = TARGETS.validate_json(self.default_notify, context=STORED)
        return Defaults(schedule, self.deadline_seconds, self.rules, notify, self.claim_by_default)

    @property
    def retention(self) -> timedelta:
        return timedelta(days=self.retention_days)


def variables(**values: str) -> dict[str, str]:
    """Return variables as a function's environment names them; KeyError for a name that no field has."""
    if unknown := set(values) - set(Environment.model_fields):
        raise KeyError(f"Environment has no {', '.join(sorted(unknown))}")
    return {name.upper(): value for name, value in values.items()}


def names(listed: str) -> frozenset[str]:
    """`a, b` → {"a", "b"}."""
    return frozenset(name.strip() for name in listed.split(",") if name.strip())


@cache
def environment() -> Environment:
    return Environment.model_validate({key.lower(): value for key, value in os.environ.items()})

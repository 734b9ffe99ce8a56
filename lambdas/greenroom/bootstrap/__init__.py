"""The real adapters, each imported and made when it is first asked for. The one place that makes clients."""

from __future__ import annotations

from greenroom.bootstrap.kept import batches, doors, links, members, records, schedules, sources, stream_urls
from greenroom.bootstrap.policy import batch_limit, defaults, hosts, owners, pending_limit, rules
from greenroom.bootstrap.telling import (
    attempts,
    bus,
    channels,
    dead_letters,
    delivery_queue,
    event_requests,
    link_to,
    own_channels,
    public_channels,
    rejected_requests,
    rejections,
    signing_keys,
    waiting_room_page,
    websocket,
)
from greenroom.bootstrap.work import admission, batch_runs, executions, holders, origins, pacer, planner, providers

__all__ = [
    "admission",
    "attempts",
    "batch_limit",
    "batch_runs",
    "batches",
    "bus",
    "channels",
    "dead_letters",
    "defaults",
    "delivery_queue",
    "doors",
    "event_requests",
    "executions",
    "holders",
    "hosts",
    "link_to",
    "links",
    "members",
    "origins",
    "own_channels",
    "owners",
    "pacer",
    "pending_limit",
    "planner",
    "providers",
    "public_channels",
    "records",
    "rejected_requests",
    "rejections",
    "rules",
    "schedules",
    "signing_keys",
    "sources",
    "stream_urls",
    "waiting_room_page",
    "websocket",
]

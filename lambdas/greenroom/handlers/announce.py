from __future__ import annotations

from greenroom import bootstrap
from greenroom.delivery.outbox import pass_on
from greenroom.domain.metrics import SCHEDULES_UNAVAILABLE
from greenroom.domain.values import utc_now
from greenroom.flow.observing import observe
from greenroom.flow.outcomes import tell_outcome
from greenroom.handlers.changes import Values, changes
from greenroom.observability import emit
from greenroom.record.items import from_item

channels, frames, schedules = bootstrap.own_channels(), bootstrap.websocket(), bootstrap.schedules()
queue, records, stream_urls = bootstrap.delivery_queue(), bootstrap.records(), bootstrap.stream_urls()


def announce(old: Values, new: Values) -> None:
    """Tell of a change, then its figures, and then what it teaches."""
    after = from_item(new)
    if pass_on(
        from_item(old),
        after,
        channels=channels,
        stream_urls=stream_urls,
        queue=queue,
        records=records,
        frames=frames,
        clock=utc_now,
        link_to=bootstrap.link_to,
    ):
        tell_outcome(after, emit)
        observe(after, schedules, lambda: emit({SCHEDULES_UNAVAILABLE: 1}))


handler = changes(announce)

from __future__ import annotations

from greenroom import bootstrap
from greenroom.domain.metrics import SCHEDULES_UNAVAILABLE
from greenroom.flow.outcomes import observe, tell_outcome
from greenroom.handlers.changes import Values, changes
from greenroom.observability import emit
from greenroom.record.items import from_item

outbox, schedules = bootstrap.outbox(), bootstrap.schedules()


def announce(old: Values, new: Values) -> None:
    """Announce a change, emit its metrics, then store its observations."""
    after = from_item(new)
    if outbox.pass_on(from_item(old), after):
        tell_outcome(after, emit)
        observe(after, schedules, lambda: emit({SCHEDULES_UNAVAILABLE: 1}))


handler = changes(announce)

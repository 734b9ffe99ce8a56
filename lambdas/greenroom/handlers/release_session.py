from __future__ import annotations

from greenroom import bootstrap
from greenroom.domain.metrics import RELEASE_FAILED
from greenroom.domain.values import utc_now
from greenroom.flow.release import release
from greenroom.handlers.changes import Values, changes
from greenroom.observability import emit, logger
from greenroom.record.items import from_item

providers, records = bootstrap.providers(), bootstrap.records()


def release_session(_: Values, new: Values) -> None:
    """Let go what an ended request has started; the mapping's filter lets only those requests through."""
    if failure := release(from_item(new), providers=providers, records=records, clock=utc_now):
        emit({RELEASE_FAILED: 1})
        logger.error("Release failed", extra={"reason": failure.message})


handler = changes(release_session)

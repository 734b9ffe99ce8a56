from __future__ import annotations

from greenroom import bootstrap
from greenroom.domain.metrics import RELEASE_FAILED
from greenroom.domain.values import utc_now
from greenroom.flow.release import release
from greenroom.handlers.changes import Values, changes
from greenroom.observability import emit, logger
from greenroom.record.items import from_item

providers, records, holders = bootstrap.providers(), bootstrap.records(), bootstrap.holders()


def release_session(old: Values, new: Values) -> None:
    """Let go what was started for a request that has ended without a stream."""
    before, after = from_item(old), from_item(new)
    if failure := release(before, after, providers=providers, records=records, holders=holders, clock=utc_now):
        emit({RELEASE_FAILED: 1})
        logger.error("Release failed", extra={"reason": failure.message})


handler = changes(release_session)

"""Letting go what was started for requests that ended without a stream."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from greenroom.domain.errors import ProviderError, ServiceRefused, own_error
from greenroom.domain.values import Clock, Failure
from greenroom.providers.port import Providers
from greenroom.record.model import Open, Record
from greenroom.record.store import Records

# For so long after a request, or its renewal, has ended, a release that fails is tried again. Then a person has to
# look.
TRIED_FOR = timedelta(days=1)


class Holders(Protocol):
    """Under which client token that was started last which several requests share. May raise PaceUnavailable."""

    def take(self, provider: str, shared: str, client_token: str) -> None:
        """Keep that it is about to be started under this client token."""
        ...

    def holder(self, provider: str, shared: str) -> str | None: ...


def release(
    before: Record, record: Record, *, providers: Providers, records: Records, holders: Holders, clock: Clock
) -> Failure | None:
    """Let go what was started for a request that has changed so. Return why that is given up, the first time.

    What a later request has started is not touched. The first call comes with the end of the request, when something
    that it asked for may still be under way. The sweep asks for another one once that cannot be any more, and what is
    released then is done. An error that may pass is raised: the sweep asks again.
    """
    started, is_last = record.to_release, _is_asked_for(before, record)
    if started is None or not (is_last or _has_just_ended(before, record)):
        return None
    failure = None
    try:
        if not record.shared or holders.holder(record.provider, record.shared) in {None, started.client_token}:
            providers[record.provider].release(record.fields, started.stream_id, started.client_token)
    except ProviderError as error:
        if not isinstance(error, ServiceRefused) and clock() < record.ended_at + TRIED_FOR:
            raise
        failure = Failure(*own_error(type(error).__name__, str(error)))
    is_news = failure is not None and records.note_release_failure(record.id, failure)
    if is_last:
        records.mark_released(record.id)
    return failure if is_news else None


def _is_asked_for(before: Record, record: Record) -> bool:
    return before.open is record.open is Open.RELEASING and before.due_at != record.due_at


def _has_just_ended(before: Record, record: Record) -> bool:
    """The request, its renewal, or what was still being created for it."""
    return before.to_release is None or record.late != before.late

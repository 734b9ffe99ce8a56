"""Letting go what was started for requests that ended without a stream."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from greenroom.domain.errors import ProviderError, ServiceRefused, own_error
from greenroom.domain.values import Clock, Failure
from greenroom.providers.port import StreamProvider
from greenroom.record.model import Record
from greenroom.record.store import Records

# Shorter than the hour for which Lambda repeats a change of the records table, so that giving up is ours to tell.
TRIED_FOR = timedelta(minutes=50)


def release(
    record: Record, *, providers: Mapping[str, StreamProvider[Any]], records: Records, clock: Clock
) -> Failure | None:
    """Let go what was started for a request. Returns why it could not be done, which its record keeps.

    An error that may pass is raised, so that the change is repeated, until the request ended so long ago that
    repeating is no use.
    """
    fields = record.fields
    try:
        providers[fields.provider].release(fields, record.stream_id, record.started or "")
    except ProviderError as error:
        settled_at = record.settled_at or record.created_at
        if not isinstance(error, ServiceRefused) and clock() < settled_at + TRIED_FOR:
            raise
        failure = Failure(*own_error(type(error).__name__, str(error)))
        records.note_release_failure(record.id, failure)
        return failure
    return None

"""The meaning of a session's states, and for how long some of them may be wrong."""

from __future__ import annotations

from datetime import timedelta

from greenroom.domain.values import Progress, Status
from greenroom.providers.bodies import shown
from greenroom.providers.dcv.answers import Session

# A new session may be missing from the broker's list, or be in it as DELETED, before it shows as what it is.
NEW_FOR = timedelta(seconds=60)
# UNKNOWN: the broker lost sight of the server, for a moment or for good.
UNKNOWN_FOR = timedelta(minutes=5)


def progress_of(session: Session, *, is_new: bool = False, is_lost: bool = False) -> Progress:
    """`is_new`: that it is DELETED may be wrong. `is_lost`: if it is UNKNOWN, that may be for good.

    It may have been so for a moment only, as at a broker that was restarted. So it is told as forgotten: another create
    finds it again, if it is there, and gives it some time more.
    """
    status, forgotten = Status.PENDING, session.state == "UNKNOWN" and is_lost
    if session.state == "READY":
        status = Status.READY
    elif (session.is_ending and not is_new) or forgotten:
        status = Status.FAILED
    seen = {
        "streamId": session.id,
        "state": session.state,
        "statusCode": session.substate,
        "statusMessage": session.state_reason,
        "name": session.name,
        "ownedBy": session.owner,
        "sessionType": session.type,
        "createdAt": session.creation_time,
    }
    return Progress(
        status,
        state=session.state,
        status_code=session.substate,
        detail=session.state_reason,
        stream_id=session.id,
        stream=shown(seen),
        forgotten=forgotten,
    )

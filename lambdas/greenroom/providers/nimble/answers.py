"""The answers of Nimble Studio, as far as Greenroom reads them: `nimble/2020-08-01/service-2.json`.

That model requires no member. Here the state is required, without which an answer says nothing.
"""

from __future__ import annotations

from typing import ClassVar

from greenroom.domain.values import Progress, Status
from greenroom.providers.bodies import Body, Moment, Text, shown

_SESSION_STATUS = {
    "READY": Status.READY,
    "CREATE_FAILED": Status.FAILED,
    "START_FAILED": Status.FAILED,
    "STOP_FAILED": Status.FAILED,
    "DELETE_IN_PROGRESS": Status.FAILED,
    "DELETED": Status.FAILED,
    "DELETE_FAILED": Status.FAILED,
}
_STREAM_STATUS = {
    "READY": Status.READY,
    "CREATE_FAILED": Status.FAILED,
    "DELETE_IN_PROGRESS": Status.FAILED,
    "DELETED": Status.FAILED,
    "DELETE_FAILED": Status.FAILED,
}


class Session(Body, frozen=True, rename="camel"):
    member: ClassVar = "session"

    state: Text
    status_code: str | None = None
    status_message: str | None = None

    @property
    def progress(self) -> Progress:
        status = _SESSION_STATUS.get(self.state, Status.PENDING)
        return Progress(status, state=self.state, status_code=self.status_code, detail=self.status_message)


class Stream(Body, frozen=True, rename="camel"):
    member: ClassVar = "stream"

    state: Text
    created_at: Moment | None = None
    created_by: str | None = None
    expires_at: Moment | None = None
    owned_by: str | None = None
    status_code: str | None = None
    stream_id: str | None = None
    url: str | None = None

    @property
    def progress(self) -> Progress:
        """Without its URL. A stream is not READY before it has one."""
        status = _STREAM_STATUS.get(self.state, Status.PENDING)
        if status is Status.READY and not self.url:
            status = Status.PENDING
        said = {
            "createdAt": self.created_at,
            "createdBy": self.created_by,
            "expiresAt": self.expires_at,
            "ownedBy": self.owned_by,
            "state": self.state,
            "statusCode": self.status_code,
            "streamId": self.stream_id,
        }
        return Progress(
            status,
            state=self.state,
            status_code=self.status_code,
            stream_id=self.stream_id,
            stream=shown(said),
        )

"""A session: where it is at a moment follows from the last thing that happened to it and what it was set to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from local.simulator.aws.errors import ServiceError
from local.simulator.nimble.behaviour import NimbleBehaviour
from local.simulator.nimble.streams import PRINCIPAL

_REGION_AND_ACCOUNT = "us-west-2:123456789012"

_STATUS_CODES = {
    "CREATE_IN_PROGRESS": "STREAMING_SESSION_CREATE_IN_PROGRESS",
    "READY": "STREAMING_SESSION_READY",
    "START_IN_PROGRESS": "STREAMING_SESSION_START_IN_PROGRESS",
    "STOP_IN_PROGRESS": "STREAMING_SESSION_STOP_IN_PROGRESS",
    "STOPPED": "STREAMING_SESSION_STOPPED",
    "DELETE_IN_PROGRESS": "STREAMING_SESSION_DELETE_IN_PROGRESS",
    "DELETED": "STREAMING_SESSION_DELETED",
    "CREATE_FAILED": "INTERNAL_ERROR",
    "START_FAILED": "INTERNAL_ERROR",
    "STOP_FAILED": "INTERNAL_ERROR",
    "DELETE_FAILED": "INTERNAL_ERROR",
}

# The operation: the states it is possible in, and the state it leads to. Anything else is a ConflictException.
_MOVES = {
    "StartStreamingSession": (frozenset({"STOPPED"}), "START_IN_PROGRESS"),
    "StopStreamingSession": (frozenset({"READY"}), "STOP_IN_PROGRESS"),
    "DeleteStreamingSession": (
        frozenset({"READY", "STOPPED", "CREATE_FAILED", "START_FAILED", "STOP_FAILED", "DELETE_FAILED"}),
        "DELETE_IN_PROGRESS",
    ),
}


@dataclass(frozen=True)
class Session:
    """A session in `entered`, a state it came into at `since`. A state in progress settles with time, others last."""

    session_id: str
    behaviour: NimbleBehaviour
    created_at: datetime
    entered: str
    since: datetime

    @classmethod
    def set(cls, session_id: str, behaviour: NimbleBehaviour, now: datetime) -> Session:
        return cls(session_id, behaviour, now, behaviour.session_state, now)

    def state_at(self, now: datetime) -> str:
        final_state, after = self._settling()
        return final_state if now >= self.since + after else self.entered

    def move(self, operation: str, now: datetime) -> Session:
        """Return the session after Start, Stop or Delete. Raises ConflictException where its state forbids it."""
        states, entered = _MOVES[operation]
        state = self.state_at(now)
        if state not in states:
            raise ServiceError("ConflictException", f"{operation} is not possible in state {state}")
        return replace(self, entered=entered, since=now)

    def view(self, studio_id: str, now: datetime) -> dict[str, object]:
        """Fill the members of the model's StreamingSession that a simulated session has."""
        state = self.state_at(now)
        resting = self.behaviour.start_final_state or self.behaviour.session_state
        code, message = None, None
        if state == resting:
            code, message = self.behaviour.session_status_code, self.behaviour.session_status_message
        return {
            "arn": f"arn:aws:nimble:{_REGION_AND_ACCOUNT}:streaming-session/{studio_id}/{self.session_id}",
            "createdAt": self.created_at,
            "createdBy": PRINCIPAL,
            "ownedBy": PRINCIPAL,
            "sessionId": self.session_id,
            "state": state,
            "statusCode": code or _STATUS_CODES.get(state),
            "statusMessage": message or f"The session is {state}.",
            "updatedAt": self.since,
        }

    def _settling(self) -> tuple[str, timedelta]:
        behaviour = self.behaviour
        return {
            "START_IN_PROGRESS": (behaviour.start_final_state or "READY", behaviour.start_after),
            "STOP_IN_PROGRESS": ("STOPPED", behaviour.stop_after),
            "DELETE_IN_PROGRESS": ("DELETED", behaviour.stop_after),
        }.get(self.entered, (self.entered, timedelta(0)))

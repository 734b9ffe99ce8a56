"""All sessions of the broker, and what their owners are set to. Not thread safe: the caller holds the lock."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from local.simulator.dcv.requests import CreateSession, DeleteSession, DescribeSessions
from local.simulator.dcv.sessions import GONE, Session
from local.simulator.dcv.settings import NO_SERVER, DcvBehaviour
from local.simulator.dcv.tokens import ConnectionTokens
from local.simulator.dcv.wire import Refusal

_EXPRESSION = re.compile(r"\S+\s*(=|!=|<|>|<=|>=|like)\s*\S+")
_AS_IT_COMES = DcvBehaviour()


class Fleet:
    """Every owner exists, as if set to nothing in particular, unless the name begins with `missing`."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._behaviours: dict[str, tuple[DcvBehaviour, datetime]] = {}
        self._tokens = ConnectionTokens()

    def set(self, owner: str, behaviour: DcvBehaviour, now: datetime) -> None:
        self._behaviours[owner] = behaviour, now

    def forget(self) -> None:
        self._sessions.clear()
        self._behaviours.clear()

    def behaviour_of(self, owner: str | None) -> DcvBehaviour:
        behaviour, _ = self._behaviours.get(owner or "", (_AS_IT_COMES, None))
        return behaviour

    def owner_of(self, session_id: str | None) -> str | None:
        session = self._sessions.get(session_id or "")
        return session.owner if session else None

    def list(self, wanted: DescribeSessions, now: datetime) -> tuple[list[dict[str, object]], str | None]:
        """Return a page of sessions, and the token of the next one. Raises Refusal for a filter that it lacks."""
        if unknown := [item.key for item in wanted.filters if item.key != "owner"]:
            raise Refusal(f"this simulator has no filter {unknown[0]}")
        owners = {item.value for item in wanted.filters}
        found = [
            session
            for session in self._sessions.values()
            if (wanted.session_ids is None or session.id in wanted.session_ids)
            and owners <= {session.owner}
            and session.is_listed(self.behaviour_of(session.owner), now)
        ]
        size = min([wanted.max_results, *(self.behaviour_of(owner).page_size for owner in owners)])
        start = int(wanted.next_token)
        page = [session.view(self.behaviour_of(session.owner), now) for session in found[start : start + size]]
        return page, str(start + size) if len(found) > start + size else None

    def reason_against(self, wanted: CreateSession, now: datetime) -> str | None:
        """Say why a session cannot be made, in the words of the broker; None if it can."""
        behaviour, since = self._behaviours.get(wanted.owner, (_AS_IT_COMES, now))
        after = behaviour.server_after_seconds
        if behaviour.failure_reason:
            return behaviour.failure_reason
        if wanted.owner.startswith("missing"):
            return f"The user {wanted.owner} does not exist on the dcv server"
        if wanted.requirements and not _EXPRESSION.search(wanted.requirements):
            return f"Invalid requirements expression: {wanted.requirements}"
        if not wanted.enqueue_request and (after is None or now < since + timedelta(seconds=after)):
            return NO_SERVER
        return None

    def create(self, wanted: CreateSession, now: datetime) -> dict[str, object]:
        session = Session(wanted.name, wanted.owner, wanted.type, now)
        self._sessions[session.id] = session
        return session.view(self.behaviour_of(session.owner), now)

    def delete(self, wanted: DeleteSession, now: datetime) -> str | None:
        """Delete a session, or say why not, in the words of the broker."""
        session = self._sessions.get(wanted.session_id)
        if session is None or self._state(session, now) == "DELETED":
            return GONE
        if session.owner != wanted.owner:
            return f"The user {wanted.owner} is not the owner of the session"
        self._sessions[session.id] = replace(session, deleted_at=session.deleted_at or now)
        return None

    def connection_data(self, session_id: str, user: str, now: datetime) -> dict[str, Any]:
        """Return a READY session and a token for it. Raises Refusal."""
        session = self._sessions.get(session_id)
        if session is None:
            raise Refusal(GONE)
        if user.startswith("missing"):
            raise Refusal(f"The user {user} does not exist on the dcv server")
        if (state := self._state(session, now)) != "READY":
            raise Refusal(f"The dcvSession is {state}")
        behaviour = self.behaviour_of(session.owner)
        seen = session.view(behaviour, now)
        if not behaviour.url:
            return {"Session": seen}
        seconds, is_jwt = behaviour.connection_token_seconds, behaviour.connection_token_is_jwt
        return {"Session": seen, "ConnectionToken": self._tokens.issue(session_id, user, now, seconds, is_jwt=is_jwt)}

    def _state(self, session: Session, now: datetime) -> str:
        return session.state_at(self.behaviour_of(session.owner), now)

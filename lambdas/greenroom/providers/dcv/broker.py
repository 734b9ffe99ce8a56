"""The calls of a Session Manager broker, and its answers: the broker's `dcv-session-manager-api.yaml`.

That document makes every member optional; here the members are required without which an answer says nothing. The
broker answers 200 with a list of what it did not do, which is judged here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from greenroom.domain.errors import CapacityUnavailable, MalformedAnswer, ServiceFailed, ServiceRefused
from greenroom.providers.bodies import ABody, AwsBody, Text, read, words_of
from greenroom.providers.dcv.token import AccessToken
from greenroom.providers.https_service import Answer, HttpsService


class Endpoint(AwsBody, frozen=True):
    port: int | None = None
    protocol: str | None = None
    web_url_path: str | None = None


class Server(AwsBody, frozen=True):
    """`port` is a text or a number, and deprecated: brokers since 2022 list the ports under `endpoints`."""

    ip: str | None = None
    hostname: str | None = None
    port: str | int | None = None
    web_url_path: str | None = None
    endpoints: list[Endpoint] | None = None


class Session(AwsBody, frozen=True):
    id: Text
    state: Text
    name: str | None = None
    owner: str | None = None
    type: str | None = None
    substate: str | None = None
    state_reason: str | None = None
    creation_time: str | int | float | None = None
    server: Server | None = None

    @property
    def is_ending(self) -> bool:
        return self.state in {"DELETING", "DELETED"}


class DescribeSessions(AwsBody, frozen=True):
    sessions: list[Session] | None = None
    next_token: str | None = None


class Unsuccessful(AwsBody, frozen=True):
    session_id: str | None = None
    failure_reason: str | None = None


class CreateSessions(AwsBody, frozen=True):
    successful_list: list[Session] | None = None
    unsuccessful_list: list[Unsuccessful] | None = None


class DeleteSessions(AwsBody, frozen=True):
    unsuccessful_list: list[Unsuccessful] | None = None


class SessionConnectionData(AwsBody, frozen=True):
    session: Session
    connection_token: str | None = None


# One owner has a few sessions; the broker gives a thousand a page. More pages than these would not end in time.
_MOST_PAGES = 5
_NO_ROOM = re.compile(
    r"no (dcv )?servers? (was )?found|for placement|queue (is )?full|max(imum)?\b.{0,50}\bsessions", re.IGNORECASE
)
_GONE = re.compile(r"does not exist|not found", re.IGNORECASE)
# By a word in the broker's reason, the field that would cure it.
_CURES = {
    "owner": re.compile(r"\b(owner|user)", re.IGNORECASE),
    "requirements": re.compile(r"requirement|property|expression|\btag", re.IGNORECASE),
    "sessionType": re.compile(r"\b(type|console|virtual)\b", re.IGNORECASE),
}


class Broker:
    """The broker behind an HttpsService. Without an AccessToken it is one that asks for no authorisation."""

    def __init__(self, service: HttpsService, token: AccessToken | None = None) -> None:
        self._service = service
        self._token = token

    @property
    def url(self) -> str:
        return self._service.url

    def session(self, session_id: str) -> Session | None:
        """Return a session; None if the broker does not know it, which it may not yet for a new one."""
        found = self._call(DescribeSessions, "POST", "/describeSessions", {"SessionIds": [session_id]})
        return next((session for session in found.sessions or () if session.id == session_id), None)

    def sessions_of(self, owner: str) -> Iterator[Session]:
        """Yield every session of an owner, page by page. Deleted ones are among them for an hour."""
        asked: dict[str, Any] = {"Filters": [{"Key": "owner", "Value": owner}], "MaxResults": 1000}
        for _ in range(_MOST_PAGES):
            page = self._call(DescribeSessions, "POST", "/describeSessions", asked)
            yield from page.sessions or ()
            if not page.next_token:
                return
            asked = {**asked, "NextToken": page.next_token}

    def create(self, wanted: Mapping[str, Any]) -> Session:
        """Make one session. Raise CapacityUnavailable if no server has room; ServiceRefused names the wrong field."""
        made = self._call(CreateSessions, "POST", "/createSessions", [wanted])
        if made.successful_list:
            return made.successful_list[0]
        if not made.unsuccessful_list:
            raise MalformedAnswer(f"{self.url} made no session and did not say why")
        said = words_of(made.unsuccessful_list[0].failure_reason)
        if _NO_ROOM.search(said):
            raise CapacityUnavailable("NoServerAvailable", f"The broker has no server for the session: {said}")
        cures = [name for name, words in _CURES.items() if words.search(said)] or list(_CURES)
        raise ServiceRefused(
            "SessionRefused", f"The broker made no session: {said} (check the field {' or '.join(cures)})"
        )

    def connection_data(self, session_id: str, user: str) -> SessionConnectionData:
        """Return what a user needs to open a session."""
        path = f"/sessionConnectionData/{quote(session_id, safe='')}/{quote(user, safe='')}"
        return self._call(SessionConnectionData, "GET", path)

    def delete(self, session_ids: Iterable[str], owner: str) -> None:
        """Delete an owner's sessions, even while somebody is connected to them. One that is gone is deleted."""
        wanted = [{"SessionId": session_id, "Owner": owner, "Force": True} for session_id in session_ids]
        done = self._call(DeleteSessions, "POST", "/deleteSessions", wanted)
        for undeleted in done.unsuccessful_list or ():
            said = words_of(undeleted.failure_reason)
            if not _GONE.search(said):
                raise ServiceFailed(
                    "SessionNotDeleted", f"The broker did not delete session {undeleted.session_id}: {said}"
                )

    def _call(self, kind: type[ABody], method: str, path: str, body: Any = None) -> ABody:
        answer = self._service.call(method, path, headers=self._authorisation(), body=body)
        if answer.status == 401 and self._token:
            answer = self._service.call(method, path, headers=self._authorisation(fresh=True), body=body)
        operation = path.split("/")[1]
        if not answer.is_success:
            raise self._judged(answer, operation)
        try:
            return read(kind, answer.body)
        except ValueError:
            raise MalformedAnswer(f"{self.url} answered {operation} with something that is not its protocol") from None

    def _authorisation(self, *, fresh: bool = False) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token.get(fresh=fresh)}"} if self._token else {}

    def _judged(self, answer: Answer, operation: str) -> Exception:
        message = f"{answer.words} ({operation}, status {answer.status})"
        if answer.status >= 500:
            return ServiceFailed("BrokerFailed", message)
        if answer.status in {401, 403}:
            cure = (
                f"Check {self._token.to_check}"
                if self._token
                else "The broker asks for a token: set dcvTokenUrl, and put clientId and clientSecret into the secret"
            )
            return ServiceRefused(
                "NotAuthorized", f"The broker {self.url} does not let Greenroom in: {message}. {cure}"
            )
        return ServiceRefused("BrokerRefused", message)

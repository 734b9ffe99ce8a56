"""The calls of a JupyterHub's REST API that Greenroom makes, and what is wrong where their answers are not good.

https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html
"""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Meta

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
)
from greenroom.providers.bodies import ABody, Body, Moment, Text, read
from greenroom.providers.https_service import Answer, HttpsService
from greenroom.providers.secret import Secret


class Server(Body, frozen=True):
    """`pending` is what the hub is doing with it: spawn, stop, check or rename; it is not ready then."""

    ready: bool
    url: Annotated[str, Meta(pattern="^(/|https?://)")]
    pending: str | None = None
    started: str | None = None
    full_url: str | None = None

    @property
    def state(self) -> str:
        return self.pending or ("ready" if self.ready else "stopped")

    @property
    def is_stopped(self) -> bool:
        return not self.ready and not self.pending

    @property
    def is_in_between(self) -> bool:
        """Whether the hub is doing something that has to end before the server can be started."""
        return self.pending not in {None, "spawn"}


class User(Body, frozen=True):
    """`servers` is missing where the token may not see them."""

    servers: dict[str, Server] | None = None


class Token(Body, frozen=True):
    id: Text
    note: str | None = None


class Tokens(Body, frozen=True):
    api_tokens: list[Token]


class NewToken(Body, frozen=True):
    token: Text
    expires_at: Moment | None = None


class Event(Body, frozen=True):
    """The last event of a start's progress."""

    message: str | None = None


# The member of the secret by which the hub knows Greenroom: the token of a service.
SECRET_MEMBERS = ("token",)

# A hub answers 429 for two limits, and only the words differ (`spawn_single_user` in jupyterhub/handlers/base.py). That
# of active servers is a quota: there is room when one is stopped. That of starts at a time passes by itself.
_IS_FULL = re.compile(r"active (user|server) limit", re.IGNORECASE)
_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")


class Hub:
    """The hub behind an HttpsService, and behind one that is patient, since a start or a stop may be answered late.

    A call raises ServiceRefused("UserNotFound") for a user whom the hub does not know or the token does not reach,
    which the hub does not tell apart, and ServiceRefused("NotAuthorized") for a token that may not do this.
    """

    def __init__(self, service: HttpsService, patient: HttpsService, secret: Secret) -> None:
        self._service = service
        self._patient = patient
        self._secret = secret

    @property
    def url(self) -> str:
        return self._service.url

    def server(self, user: str, name: str) -> Server | None:
        """Return a server, whether it runs or not; None if the user has none of that name."""
        answer = self._call("GET", f"{_user(user)}?include_stopped_servers=1")
        servers = self._read(User, answer, user).servers
        if servers is None:
            raise self._not_authorized("it may not read servers")
        return servers.get(name)

    def start(self, user: str, name: str) -> str | None:
        """Start a server. Return why it cannot start now, for example because it runs; else None.

        Raise CapacityUnavailable if the hub runs as many servers as it may.
        """
        try:
            answer = self._call("POST", _server(user, name), service=self._patient)
        except ThrottlingException as throttled:
            if _IS_FULL.search(str(throttled)):
                raise CapacityUnavailable(
                    "ActiveServerLimit", f"{self.url} runs as many servers as it may (its active_server_limit)"
                ) from None
            raise
        if answer.status == 400:
            return answer.words
        self._ensure_it_is_done(answer, user)
        return None

    def stop(self, user: str, name: str) -> str | None:
        """Stop a server that runs or starts. Return why it cannot be stopped now, if so."""
        answer = self._call("DELETE", _server(user, name), service=self._patient)
        if answer.status == 400:
            return answer.words
        if answer.status != 404:
            self._ensure_it_is_done(answer, user)
        return None

    def why_it_failed(self, user: str, name: str) -> str | None:
        """Return the hub's words about a failed start, if it still has any. Raise EndpointUnreachable if it is away."""
        try:
            return self._read(Event, self._call("GET", f"{_server(user, name)}/progress"), user).message or None
        except EndpointUnreachable:
            raise
        except ProviderError:
            return None

    def make_token(self, user: str, name: str, *, seconds: int, note: str) -> NewToken:
        """Make a token that lets its bearer into this one server for so many seconds."""
        wanted = {"expires_in": seconds, "note": note, "scopes": [f"access:servers!server={user}/{name}"]}
        answer = self._call("POST", f"{_user(user)}/tokens", wanted)
        if answer.status == 400:
            raise ServiceRefused(
                "TokenRefused", f"The hub makes no such token: {answer.words} (check the field expirationInSeconds)"
            )
        return self._read(NewToken, answer, user)

    def revoke_tokens(self, user: str, note: str) -> None:
        """Revoke the tokens of a user that have this note. A user who is gone has none."""
        path = f"{_user(user)}/tokens"
        answer = self._call("GET", path)
        if answer.status == 404:
            return
        for token in self._read(Tokens, answer, user).api_tokens:
            if token.note == note:
                revoked = self._call("DELETE", f"{path}/{quote(token.id, safe='')}")
                if revoked.status != 404:
                    self._ensure_it_is_done(revoked, user)

    def _call(self, method: str, path: str, body: Any = None, *, service: HttpsService | None = None) -> Answer:
        call = (service or self._service).call
        answer = call(method, path, headers=self._authorisation(), body=body)
        if answer.status in {401, 403}:
            answer = call(method, path, headers=self._authorisation(fresh=True), body=body)
        if answer.status in {401, 403}:
            raise self._not_authorized(answer.words)
        if answer.status >= 500:
            raise ServiceFailed("HubFailed", f"{self.url} failed: {answer.words} ({method}, status {answer.status})")
        if answer.status == 404 and not isinstance(answer.body, dict):
            # Not the API's own, in which there is no such user or server: it is of a proxy that has just started with
            # its hub and does not know it yet, or of another server than a hub.
            raise ServiceFailed("HubNotFound", f"There is no hub at {self.url}; check the setting jupyterhubUrl")
        return answer

    def _authorisation(self, *, fresh: bool = False) -> dict[str, str]:
        token = self._secret.read(fresh=fresh)["token"]
        if not _IN_A_HEADER.fullmatch(token):
            raise ServiceRefused(
                "SecretIncomplete", f"The token in the secret {self._secret.arn} must be one word, without line breaks"
            )
        return {"authorization": f"token {token}"}

    def _not_authorized(self, words: str) -> ServiceRefused:
        return ServiceRefused(
            "NotAuthorized",
            f"The hub {self.url} does not let Greenroom do this: {words}. The token in the secret {self._secret.arn} "
            "must be that of a service of the hub which has the scopes servers and tokens",
        )

    def _ensure_it_is_done(self, answer: Answer, user: str) -> None:
        if answer.is_success:
            return
        if answer.status != 404:
            raise ServiceRefused("HubRefused", f"{self.url} refused: {answer.words} (status {answer.status})")
        raise ServiceRefused(
            "UserNotFound",
            f"The hub {self.url} knows no user {user}, or lets Greenroom's token see no such user: "
            "the field user must be the name of a user of the hub",
        )

    def _read(self, kind: type[ABody], answer: Answer, user: str) -> ABody:
        self._ensure_it_is_done(answer, user)
        try:
            return read(kind, answer.body)
        except ValueError:
            raise MalformedAnswer(f"{self.url} gave an answer that is not the API of a JupyterHub") from None


def _user(user: str) -> str:
    return f"/hub/api/users/{quote(user, safe='')}"


def _server(user: str, name: str) -> str:
    return f"{_user(user)}/servers/{quote(name, safe='')}" if name else f"{_user(user)}/server"

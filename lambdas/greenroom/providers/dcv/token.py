"""The broker's access token, by OAuth 2 client credentials."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from greenroom.domain.errors import EndpointUnreachable, MalformedAnswer, ServiceFailed, ServiceRefused
from greenroom.providers.https_service import Answer, HttpsService
from greenroom.providers.secret import Secret

# The members of the secret by which the token endpoint knows Greenroom.
SECRET_MEMBERS = ("clientId", "clientSecret")
# A token of unknown life, which OAuth 2 allows, is taken to live so long.
UNKNOWN_LIFE_SECONDS = 300
# Brokers went down under one token a call (https://github.com/aws/res/issues/188), so a token is kept for this part of
# its life; the rest is for the call that it is sent with, and for clocks that differ.
KEPT_SHARE = 0.8

_OAUTH_ERROR = re.compile(r"[a-z_]{1,40}")
_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")


class AccessToken:
    """A token, cached until 80% of its life are over, or until its end while the endpoint is away.

    Raises ServiceRefused("TokenRefused") if there is none for these credentials.
    """

    def __init__(
        self, service: HttpsService, secret: Secret, *, scope: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._secret = secret
        self._scope = scope
        self._clock = clock
        self._kept = ""
        self._kept_until = 0.0
        self._ends = 0.0

    @property
    def to_check(self) -> str:
        """The parts of a deployment that decide about the token, for messages to people."""
        return (
            f"clientId and clientSecret in the secret {self._secret.arn}, "
            "and the settings dcvTokenUrl and dcvTokenScope"
        )

    def get(self, *, fresh: bool = False) -> str:
        """Return the token. `fresh`: a new one, by the current secret, because the cached one was refused."""
        if fresh or self._clock() >= self._kept_until:
            asked_at = self._clock()
            try:
                self._kept, life = self._read(self._ask(fresh=fresh))
            except EndpointUnreachable:
                if fresh or asked_at >= self._ends:
                    raise
                return self._kept
            self._kept_until, self._ends = asked_at + KEPT_SHARE * life, asked_at + life
        return self._kept

    def _ask(self, *, fresh: bool) -> Answer:
        credentials = self._secret.read(fresh=fresh)
        answer = self._post(credentials)
        if answer.status in {400, 401, 403} and not fresh:
            # The secret may have been changed since it was read.
            changed = self._secret.read(fresh=True)
            answer = self._post(changed) if changed != credentials else answer
        return answer

    def _post(self, credentials: Mapping[str, str]) -> Answer:
        """Ask as Amazon Cognito wants it where there is a scope, and else as the broker's own server does."""
        pair = f"{credentials['clientId']}:{credentials['clientSecret']}"
        headers = {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        if self._scope:
            form = {"grant_type": "client_credentials", "scope": self._scope}
            return self._service.call("POST", "", headers=headers, form=form)
        return self._service.call("POST", "?grant_type=client_credentials", headers=headers, form={})

    def _read(self, answer: Answer) -> tuple[str, float]:
        if answer.status >= 500:
            raise ServiceFailed("TokenFailed", f"{self._service.url} failed (status {answer.status})")
        if not answer.is_success:
            raise ServiceRefused(
                "TokenRefused",
                f"{self._service.url} gives no access token ({_oauth_error(answer)}status {answer.status}). "
                f"Check {self.to_check}",
            )
        body = answer.body if isinstance(answer.body, dict) else {}
        token = body.get("access_token")
        if not isinstance(token, str) or not _IN_A_HEADER.fullmatch(token):
            raise MalformedAnswer(f"{self._service.url} answered without an access_token")
        return token, _seconds(body.get("expires_in"))


def _oauth_error(answer: Answer) -> str:
    """Return the error's name, such as invalid_client; any other text may quote the request."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    return f"{error}, " if isinstance(error, str) and _OAUTH_ERROR.fullmatch(error) else ""


def _seconds(life: Any) -> float:
    try:
        return max(0.0, float(life))
    except (TypeError, ValueError):
        return UNKNOWN_LIFE_SECONDS

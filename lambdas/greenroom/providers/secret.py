"""The secret by which a plug authenticates itself, from Secrets Manager."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from greenroom.domain.errors import EndpointUnreachable, ServiceFailed, ServiceRefused, ThrottlingException
from greenroom.providers.aws_service import ONE_ATTEMPT, provider_errors
from greenroom.providers.port import AwsClient

KEPT_SECONDS = 300
# For so long a secret that could not be read again is used on, before that is tried once more.
USED_ON_SECONDS = 30


class Secret:
    """A JSON object with these members, each a text. Raises ServiceRefused("SecretIncomplete") if one is missing.

    It is cached for five minutes, so that a busy function does not read it at each call, and for longer while Secrets
    Manager is away. Raises EndpointUnreachable if there is none to use: waiting cures that.
    """

    def __init__(
        self, aws_client: AwsClient, arn: str, *members: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.arn = arn
        self._client = aws_client("secretsmanager", config=ONE_ATTEMPT)
        self._members = members
        self._clock = clock
        self._kept: dict[str, str] = {}
        self._kept_until = 0.0

    def read(self, *, fresh: bool = False) -> dict[str, str]:
        """Return the members. `fresh`: as they are now, because the cached ones were refused."""
        if fresh or self._clock() >= self._kept_until:
            try:
                self._kept, kept_for = self._fetch(), KEPT_SECONDS
            except EndpointUnreachable:
                if fresh or not self._kept:
                    raise
                kept_for = USED_ON_SECONDS
            self._kept_until = self._clock() + kept_for
        return self._kept

    def _fetch(self) -> dict[str, str]:
        found = _parsed(self._text())
        if missing := [name for name in self._members if not isinstance(found.get(name), str) or not found[name]]:
            raise ServiceRefused(
                "SecretIncomplete",
                f"The secret {self.arn} must be a JSON object with {', '.join(self._members)}; "
                f"it has no {', '.join(missing)}. Put it there with aws secretsmanager put-secret-value",
            )
        return {name: found[name] for name in self._members}

    def _text(self) -> str:
        """Return the secret's text, with errors that cannot be mistaken for those of the service that it is for.

        That service must be neither paced nor blamed for Secrets Manager's throttling and faults. Refusals stay.
        """
        endpoint = str(self._client.meta.endpoint_url)
        try:
            with provider_errors(endpoint):
                return self._client.get_secret_value(SecretId=self.arn).get("SecretString") or "{}"
        except (ThrottlingException, ServiceFailed) as error:
            raise EndpointUnreachable(f"{endpoint} does not give the secret {self.arn} now: {error}") from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

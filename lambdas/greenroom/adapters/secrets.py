"""The secrets that sign webhooks and links, from Secrets Manager."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from greenroom.domain.errors import SecretUnusable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

# A burst of deliveries, or a page that asks every few seconds, must not cost two reads each time; a key that was
# replaced twice opens nothing any more after so long.
KEPT_SECONDS = 10
K = TypeVar("K")


class SigningSecrets(Generic[K]):
    """The current secret and, while it rotates, the one before it, so that receivers can change in their own time.

    `name` is the stack's output that names the secret. `key_of` makes the key of its text, or raises SecretUnusable;
    `unusable` is called whenever the current secret is none to sign with.
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        secret_id: str,
        *,
        name: str,
        key_of: Callable[[str], K],
        unusable: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._name = name
        self._key_of = key_of
        self._unusable = unusable
        self._clock = clock
        self._kept: tuple[float, Sequence[K]] | None = None

    def __call__(self) -> Sequence[K]:
        """Return the keys, newest first, at most ten seconds old. Raise SecretUnusable if the current one is none."""
        now = self._clock()
        if self._kept is None or now - self._kept[0] >= KEPT_SECONDS:
            self._kept = None
            self._kept = now, [self._current(), *self._former()]
        return self._kept[1]

    def _current(self) -> K:
        try:
            return self._key_of(self._read("AWSCURRENT"))
        except SecretUnusable as error:
            self._unusable()
            raise SecretUnusable(f"The secret under {self._name} {error}") from None

    def _former(self) -> Sequence[K]:
        """Return the previous key, if any. A text that was never a key has just been replaced, and signs nothing."""
        try:
            return [self._key_of(self._read("AWSPREVIOUS"))]
        except SecretUnusable:
            return []

    def _read(self, stage: str) -> str:
        errors = self._client.exceptions
        try:
            found = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)
        # The second: the secret is to be deleted.
        except (errors.ResourceNotFoundException, errors.InvalidRequestException):
            raise SecretUnusable("has no value") from None
        return found.get("SecretString", "")

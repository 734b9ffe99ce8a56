"""The secrets that sign webhooks and links, from Secrets Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


class SigningSecrets:
    """The current secret and, while it rotates, the one before it, so that receivers can change in their own time."""

    def __init__(self, client: SecretsManagerClient, secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def __call__(self) -> list[str]:
        """Newest first, each as base64 text, as Standard Webhooks wants it."""
        return [secret for stage in ("AWSCURRENT", "AWSPREVIOUS") if (secret := self._read(stage))]

    def _read(self, stage: str) -> str | None:
        try:
            return self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)["SecretString"]
        except self._client.exceptions.ResourceNotFoundException:
            return None

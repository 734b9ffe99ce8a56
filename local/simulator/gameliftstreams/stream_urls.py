"""A stream URL: ACTIVE when it is made, until it expires or is revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from local.simulator.aws.protocol import Parameters
from local.simulator.core.settings import Behaviour
from local.simulator.gameliftstreams.identifiers import arn, id_of, new_id

# What GetStreamUrl repeats of CreateStreamUrl.
_REPEATED = (
    "Protocol",
    "Locations",
    "Description",
    "SessionLengthSeconds",
    "AdditionalLaunchArgs",
    "AdditionalEnvironmentVariables",
    "RoleArn",
    "DisplayConfiguration",
)
_REASONS = {"REVOKE_URL": "userRevoked", "REVOKE_AND_TERMINATE_SESSIONS": "revokedAndTerminatingSessions"}


def _new_url() -> str:
    return f"https://gameliftstreams.example/{secrets.token_hex(8)}/stream?token={secrets.token_urlsafe(32)}"


@dataclass(frozen=True)
class MadeUrl:
    """One that was made for `group_id` by a CreateStreamUrl of these parameters. The URL stays out of `repr`."""

    group_id: str
    parameters: Parameters
    created_at: datetime
    url_id: str = field(default_factory=new_id)
    url: str = field(default_factory=_new_url, repr=False)
    revocation: str | None = None

    @property
    def expires_at(self) -> datetime:
        return self.created_at + timedelta(minutes=self.parameters["UrlExpiresAfterMinutes"])

    def state_at(self, now: datetime) -> str:
        if self.revocation:
            return "REVOKED"
        return "EXPIRED" if now >= self.expires_at else "ACTIVE"

    def revoke(self, mode: str, now: datetime) -> MadeUrl:
        """Return it revoked; one that is over stays as it is."""
        return replace(self, revocation=mode) if self.state_at(now) == "ACTIVE" else self

    def view(self, state: str, behaviour: Behaviour | None = None) -> dict[str, object]:
        """Fill the members of GetStreamUrlOutput, in this state; the URL is there only while it is ACTIVE."""
        uses = self.parameters.get("UsageLimit", 1)
        url = behaviour.url_in_place_of(self.url) if behaviour else self.url
        repeated = {name: self.parameters[name] for name in _REPEATED if name in self.parameters}
        return repeated | {
            "Arn": arn("streamurl", self.group_id, self.url_id),
            "StreamUrlId": self.url_id,
            "StreamUrl": url if state == "ACTIVE" else None,
            "Status": state,
            "StatusReason": _REASONS.get(self.revocation or ""),
            "CreatedAt": self.created_at,
            "ExpiresAt": self.expires_at,
            "UsageLimit": uses,
            "RemainingUses": 0 if state == "LIMIT_REACHED" else uses,
            "StreamGroupArn": arn("streamgroup", self.group_id),
            "ApplicationArn": arn("application", id_of(self.parameters["ApplicationIdentifier"])),
            "StreamSessions": [],
        }

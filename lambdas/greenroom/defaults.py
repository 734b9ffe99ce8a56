"""What a request gets where it does not say otherwise: the settings of the deployment."""

from __future__ import annotations

from dataclasses import dataclass

from greenroom.payloads import Schedule
from greenroom.request import NotifyTarget, SnsTarget


@dataclass(frozen=True)
class Defaults:
    """`notify` are the targets of a request that names none; `claim` is whether its URL must be fetched."""

    schedule: Schedule
    deadline_seconds: int
    notify: tuple[NotifyTarget, ...] = (SnsTarget(type="sns"),)
    claim: bool = False

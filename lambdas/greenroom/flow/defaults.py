"""The deployment's settings for requests: what they get by default, and where they may lead."""

from __future__ import annotations

from dataclasses import dataclass

from greenroom.flow.schedule import Schedule
from greenroom.request.callback_hosts import CallbackHosts
from greenroom.request.notify_targets import ANY_PUBLIC_HOST, NotifyTarget, SnsTarget


@dataclass(frozen=True)
class Defaults:
    """The settings that a request meets.

    `hosts`: where webhooks may go. `notify`: the targets of a request that names none. `claim`: whether its URL is
    fetched by its owner instead of announced.
    """

    schedule: Schedule
    deadline_seconds: int
    hosts: CallbackHosts = ANY_PUBLIC_HOST
    notify: tuple[NotifyTarget, ...] = (SnsTarget(type="sns"),)
    claim: bool = False

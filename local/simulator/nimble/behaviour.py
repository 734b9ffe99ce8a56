"""The settings of a simulated session of Nimble Studio."""

from __future__ import annotations

from datetime import timedelta

from local.simulator.core.settings import Behaviour, Name, Seconds


class NimbleBehaviour(Behaviour):
    """The behaviour of a session and its streams.

    `session_status_code` and `session_status_message` go with `start_final_state` where that is set, otherwise with
    `session_state`.
    """

    session_state: Name = "READY"
    session_status_code: Name | None = None
    session_status_message: str | None = None
    start_after_seconds: Seconds = 1
    start_final_state: Name | None = None
    stop_after_seconds: Seconds = 1
    final_state: Name = "READY"
    status_code: Name | None = None

    @property
    def start_after(self) -> timedelta:
        return timedelta(seconds=self.start_after_seconds)

    @property
    def stop_after(self) -> timedelta:
        return timedelta(seconds=self.stop_after_seconds)

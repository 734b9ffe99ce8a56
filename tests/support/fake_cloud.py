"""An account and a stack in memory, as the doctor meets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from greenroom_cli.client import Caller
from greenroom_cli.doctor.access import OUTPUTS
from greenroom_cli.doctor.cloud import NotAllowed, Sweeps
from greenroom_cli.errors import CommandError


@dataclass
class FakeCloud:
    """All is well unless a test says otherwise. `denied` names the calls that the caller may not make."""

    api: Caller
    stack: str = "Greenroom"
    region: str | None = "us-west-2"
    signed_in: bool = True
    status: str | None = "UPDATE_COMPLETE"
    has_outputs: set[str] = field(default_factory=lambda: set(OUTPUTS))
    rules: str = "2"
    queues: dict[str, int] = field(default_factory=dict)
    free: int = 1000
    throttle: tuple[float, int] = (50, 100)
    raised: dict[str, str] = field(default_factory=dict)
    swept: Sweeps = field(default_factory=Sweeps)
    denied: set[str] = field(default_factory=set)

    def caller(self) -> str:
        if not self.signed_in:
            raise CommandError("Unable to locate credentials")
        return "arn:aws:iam::111122223333:user/ada"

    def stack_status(self) -> str:
        if self.status is None:
            raise CommandError("The stack Greenroom cannot be read")
        return self.status

    def outputs(self) -> Mapping[str, str]:
        return {name: name for name in self.has_outputs} | {"IdentityRules": self.rules}

    def messages(self, queue_url: str) -> int:
        self._may("GetQueueAttributes")
        return self.queues.get(queue_url, 0)

    def concurrency(self) -> int:
        self._may("GetAccountSettings")
        return self.free

    def api_throttle(self) -> tuple[float, int]:
        self._may("GetStage")
        return self.throttle

    def raised_alarms(self) -> Mapping[str, str]:
        self._may("DescribeAlarms")
        return self.raised

    def sweeps(self) -> Sweeps:
        self._may("GetMetricData")
        return self.swept

    def _may(self, call: str) -> None:
        if call in self.denied:
            raise NotAllowed(call)

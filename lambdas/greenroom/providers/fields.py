"""The base of what a request must say for one provider."""

from __future__ import annotations

from typing import Any, ClassVar

from greenroom.domain.wire import Incoming


class ProviderFields(Incoming):
    """The fields of a request for one provider: the base of each plug's own model, which adds its fields.

    `IDENTIFYING` names the fields that every message of the outcome repeats. `POOL` names those that say from where the
    stream comes: streams of one pool take about equally long, and what was seen of one tells how to wait for the next.
    `STARTS` names those that say what prepare may start and several requests share; none where what is made belongs to
    one request. The request that started it last is the only one that lets it go.
    """

    IDENTIFYING: ClassVar[tuple[str, ...]] = ()
    POOL: ClassVar[tuple[str, ...]] = ()
    STARTS: ClassVar[tuple[str, ...]] = ()

    provider: str

    @property
    def connect_seconds(self) -> int:
        """How long the flow tries to get the URL of a ready stream: an hour, or less if the stream ends then."""
        return 3600

    @property
    def identity(self) -> dict[str, Any]:
        """The identifying fields by the names that a request uses."""
        return self.model_dump(by_alias=True, mode="json", include=set(self.IDENTIFYING))

    @property
    def shared(self) -> str:
        """The values of the fields that `STARTS` names, with slashes between them; empty if it names none."""
        return "/".join(str(getattr(self, name)) for name in self.STARTS)

    @property
    def pool(self) -> str:
        """The values of the pool's fields, with slashes between them; of a provider that names none, its own name."""
        return "/".join(str(getattr(self, name)) for name in self.POOL) or self.provider

"""The port that every streaming service is plugged in by. The flow knows nothing else of a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from greenroom.domain.values import Progress, StreamUrl
from greenroom.providers.fields import ProviderFields

AwsClient = Callable[..., Any]
"""`boto3.client` with the configuration that all of Greenroom's clients share; keyword arguments override it."""


Fields_contra = TypeVar("Fields_contra", bound=ProviderFields, contravariant=True)


class StreamProvider(Protocol[Fields_contra]):
    """A service that makes streams.

    A call raises errors of the tree under ProviderError and no others. ThrottlingException is waited out until the
    deadline, ServiceRefused is final, and the others are tried a few times again. A state that the adapter does not
    know is PENDING, never READY.
    """

    @property
    def endpoint(self) -> str:
        """The URL at which the service is called, for messages to people."""
        ...

    def prepare(self, fields: Fields_contra, client_token: str) -> Progress:
        """Look at the session and start it if it is stopped. Safe to repeat."""
        ...

    def create(self, fields: Fields_contra, client_token: str) -> Progress:
        """Ask for a stream. The same client token never makes a second one."""
        ...

    def describe(self, fields: Fields_contra, stream_id: str) -> Progress:
        """Tell how far the stream is."""
        ...

    def connect(self, fields: Fields_contra, stream_id: str) -> StreamUrl:
        """Get the URL of a READY stream. StreamNotReady if there is none yet."""
        ...

    def release(self, fields: Fields_contra, stream_id: str | None) -> None:
        """Let go what was started for a request that ended without a stream. What is gone already is released."""
        ...

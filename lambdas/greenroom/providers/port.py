"""The port that every streaming service is plugged in by. The flow knows nothing else of a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from greenroom.domain.values import Progress, StreamUrl

if TYPE_CHECKING:
    from greenroom.providers.fields import ProviderFields

AwsClient = Callable[..., Any]
"""Makes a client as `boto3.client` does, configured as all of Greenroom's clients; keyword arguments override it."""


@dataclass(frozen=True)
class Wiring:
    """All that a plug gets from its deployment.

    `variables` is the environment of the function; the plug's own settings are in it, by their names in capitals.
    """

    aws_client: AwsClient
    variables: Mapping[str, str]


Starting = Callable[[], None]
"""Notes, before anything is started, that from now on there may be something that a release lets go.

It raises RequestEnded where nobody waits any more: then nothing may be started.
"""

Fields_contra = TypeVar("Fields_contra", bound="ProviderFields", contravariant=True)


class StreamProvider(Protocol[Fields_contra]):
    """A service that makes streams.

    `fields` reads as the provider's own model; it is one that was accepted, and has no methods.

    A call raises errors of the tree under ProviderError and no others, but for what `starting` raises.
    ThrottlingException is waited out until the deadline, CapacityUnavailable and EndpointUnreachable are waited for
    until then, ServiceRefused is final, and the others are tried a few times again. A state that the adapter does not
    know is PENDING, never READY.

    The client token is the same on every attempt of one request: 64 hexadecimal digits.

    Whatever is returned or raised passes the gate (`gate`), so words of the service are handed on as they come. A class
    whose URLs are for a client of the service's own names their schemes in `URL_SCHEMES`, beside https.
    """

    @property
    def endpoint(self) -> str:
        """The URL at which the service is called, for messages to people."""
        ...

    @property
    def settles_in(self) -> int:
        """Seconds after an unclear create until the service's own list can be trusted to have what it made.

        0 if a repeat with the same client token never makes a second one, however calls overlap.
        """
        ...

    def prepare(self, fields: Fields_contra, client_token: str, starting: Starting) -> Progress:
        """Look at what the stream runs on, and start it if it is stopped. Safe to repeat.

        Call `starting` before the call that starts something, or before `create` may make something that release lets
        go.
        """
        ...

    def create(self, fields: Fields_contra, client_token: str) -> Progress:
        """Ask for a stream. The same client token never makes a second one.

        While the stream is PENDING and has no id, nothing was made: this is asked again, by the schedule of looks.
        """
        ...

    def describe(self, fields: Fields_contra, stream_id: str, age: timedelta) -> Progress:
        """Tell how far the stream is that was created so long ago; some services do not know a new one at once.

        Where the answer about a READY stream has its URL too, `url` has it, and connect need not be called. A stream
        that is `forgotten` is created again, a few times, before that is taken for a failure.
        """
        ...

    def connect(self, fields: Fields_contra, stream_id: str) -> StreamUrl:
        """Get the URL of a READY stream. StreamNotReady if there is none yet."""
        ...

    def release(self, fields: Fields_contra, stream_id: str | None, client_token: str) -> None:
        """Let go all that was started under this client token, of which no stream came. What is gone is released.

        Without an id, the answer of the create was lost or never came; the client token may tell what it made.
        """
        ...


Providers = Mapping[str, StreamProvider[Any]]
"""The providers that a deployment serves, by their names."""

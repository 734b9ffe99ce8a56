"""The providers that a deployment serves, each connected to when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from greenroom.domain.errors import ServiceRefused
from greenroom.providers.gate import GatedProvider
from greenroom.providers.port import StreamProvider


class ConnectedProviders(Mapping[str, StreamProvider[Any]]):
    """Providers by their names, each behind the gate. ServiceRefused("ProviderNotEnabled") for one that is not served.

    `addresses` are the URLs of the deployment's own that messages may show.

    The first one is connected at once, while the function starts, when Lambda gives it a whole processor. Of the
    others, a function loads those that it is asked for, so that it starts as fast with five as with one.
    """

    def __init__(
        self, names: Sequence[str], connect: Callable[[str], StreamProvider[Any]], addresses: Collection[str] = ()
    ) -> None:
        self._names = tuple(names)
        self._connect = connect
        self._addresses = addresses
        self._connected = {name: self._gated(name) for name in self._names[:1]}

    def __getitem__(self, name: str) -> StreamProvider[Any]:
        if name not in self._names:
            raise ServiceRefused(
                "ProviderNotEnabled", f"This deployment does not serve {name} any more; it serves {', '.join(self)}"
            )
        if name not in self._connected:
            self._connected[name] = self._gated(name)
        return self._connected[name]

    def _gated(self, name: str) -> StreamProvider[Any]:
        return GatedProvider(self._connect(name), self._addresses)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

"""Where a webhook may go: no address of ours, of the host, or of its cloud, whatever name points at it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from greenroom.errors import DeliveryFailed, DeliveryRefused

Resolver = Callable[[str, int], Sequence[str]]

# Networks that carry another address inside an IPv6 one: the inner address would be reached.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")


@dataclass(frozen=True)
class Destination:
    """A checked URL and the one address to connect to, so that a second look-up cannot change the answer."""

    url: SplitResult
    address: str
    port: int

    @property
    def host(self) -> str:
        return self.url.hostname or ""

    @property
    def path(self) -> str:
        return (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")


@dataclass(frozen=True)
class CallbackHosts:
    """The rules. `allowed` empty: any public host. `trusted` hosts may also be plain HTTP or private (tests)."""

    allowed: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()

    def check(self, url: str, resolve: Resolver) -> Destination:
        """Resolve and check a URL. DeliveryRefused if it may never be called, DeliveryFailed if it does not resolve."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        trusted = host in self.trusted
        if parts.scheme != "https" and not trusted:
            raise DeliveryRefused(f"Webhooks go to https URLs only, not {parts.scheme}")
        if self.allowed and not trusted and host not in self.allowed:
            raise DeliveryRefused(f"Host {host} is not one of the allowed callback hosts")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = resolve(host, port)
        if not addresses:
            raise DeliveryFailed(f"Host {host} does not resolve")
        if not trusted and not all(is_public(address) for address in addresses):
            raise DeliveryRefused(f"Host {host} resolves to an address that is not public")
        return Destination(parts, addresses[0], port)


def is_public(address: str) -> bool:
    """True for an address of the public internet; an IPv4 address inside an IPv6 one counts as itself."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if inner := ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None):
            return is_public(str(inner))
        if ip in _NAT64 or ip in _IPV4_COMPATIBLE:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip in _NAT64_LOCAL or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system finds them; none if it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]

"""The hosts that a webhook may go to: no address of ours, of the host, or of its cloud, whatever name points at it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from greenroom.domain.errors import DeliveryFailed, DeliveryRefused

Resolver = Callable[[str, int], Sequence[str]]

# Networks that carry another address inside an IPv6 one: the inner address would be reached.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")


# What a path, and a query, may have as it is: https://datatracker.ietf.org/doc/html/rfc3986#section-3.3
_IN_PATH = "%/:@!$&'()*+,;=-._~"
_IN_QUERY = f"{_IN_PATH}?"
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Destination:
    """A checked URL and the addresses to connect to, so that a second look-up cannot change the answer."""

    url: SplitResult
    addresses: tuple[str, ...]
    port: int

    @property
    def host(self) -> str:
        return self.url.hostname or ""

    @property
    def origin(self) -> str:
        """Scheme, host and port as browsers write them: in lower case, without the port that the scheme means."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.url.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.url.scheme] else f":{self.port}")

    @property
    def path(self) -> str:
        """Path and query as they are sent: encoded, and without the segments `.` and `..`."""
        query = f"?{_encoded(self.url.query, _IN_QUERY)}" if self.url.query else ""
        return _encoded(_without_dots(self.url.path or "/"), _IN_PATH) + query


@dataclass(frozen=True)
class CallbackHosts:
    """The rules. `allowed` empty: any public host. `trusted` hosts may also be plain HTTP or private (tests)."""

    allowed: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()

    def broken_rule(self, url: str) -> str | None:
        """Return the rule that the URL breaks, before its host is looked up, or None."""
        try:
            parts, host = urlsplit(url), _host(url)
            usable = bool(host) and parts.port != 0 and not parts.username and not parts.password
        except ValueError:  # a port or an IPv6 address that is none
            usable = False
        if not usable or parts.scheme not in {"http", "https"}:
            return "must be an https URL with a host and without credentials"
        if not host.isascii():
            return f"must write its host in ASCII (xn--…), which {host} is not"
        if host in self.trusted:
            return None
        rules = {
            "must be an https URL, not http": parts.scheme == "https",
            f"must go to one of the allowed callback hosts, which {host} is not": host in (self.allowed or {host}),
            f"must go to a public address, which {host} is not": not is_address(host) or is_public(host),
        }
        return next((rule for rule, kept in rules.items() if not kept), None)

    def ensure_allowed(self, url: str) -> None:
        """DeliveryRefused if the URL may never be called, whatever its host resolves to."""
        if rule := self.broken_rule(url):
            raise DeliveryRefused(f"The webhook's URL {rule}")

    def check(self, url: str, resolve: Resolver) -> Destination:
        """Resolve and check a URL. DeliveryRefused if it may never be called, DeliveryFailed if it does not resolve."""
        self.ensure_allowed(url)
        parts, host, port = urlsplit(url), _host(url), _port(url)
        addresses = resolve(host, port)
        if not addresses:
            raise DeliveryFailed(f"Host {host} does not resolve")
        if host not in self.trusted and not all(is_public(address) for address in addresses):
            raise DeliveryRefused(f"Host {host} resolves to an address that is not public")
        return Destination(parts, tuple(dict.fromkeys(addresses)), port)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _encoded(text: str, safe: str) -> str:
    """Encode what may not stand in a URL, once: what is encoded stays, in capitals."""
    whole = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    capitals = re.sub(r"%[0-9A-Fa-f]{2}", lambda found: found[0].upper(), whole)
    return quote(capitals, safe, errors="surrogatepass")


def _without_dots(path: str) -> str:
    """Return a path without `.` and `..`, however they are written.

    https://datatracker.ietf.org/doc/html/rfc3986#section-5.2.4
    """
    kept: list[str] = []
    _, *segments = re.sub("%2[Ee]", ".", path).split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    is_folder = segments[-1] in {".", ".."}
    return "/" + "/".join([*kept, *([""] if is_folder else [])])


def secret_host_of(url: str) -> str:
    """Return what the secret of a receiver is made for: its host, with its port where that is not 443."""
    host, port = _host(url), _port(url)
    return host if port == _DEFAULT_PORTS["https"] else f"{host}:{port}"


def host_of(url: str) -> str:
    """Return `host:port` of a callback's URL: what answers there, or hangs."""
    return f"{_host(url)}:{_port(url)}"


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return False
    return True


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

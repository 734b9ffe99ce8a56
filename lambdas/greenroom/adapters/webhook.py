"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com), to addresses that are checked.

Those at the APIs of API Gateway that a deployment names are signed with SigV4 too.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from greenroom.adapters.aws_errors import delivery_errors
from greenroom.adapters.webhook_signatures import Signatures
from greenroom.delivery.message import Message
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused, SecretUnusable
from greenroom.domain.values import utc_now
from greenroom.exchange import Exchange, OutOfTime, Pool, SecurePool
from greenroom.request.callback_hosts import CallbackHosts, Destination, Resolver, secret_host_of

# For the whole exchange: the name, the connection, TLS, the answer's head. Of the body, nothing is read.
TIMEOUT_SECONDS = 15.0
# For each address of a host, so that one that is dead leaves time to another.
CONNECT_SECONDS = 4.0
_HOST = re.compile(r"(?P<api>[a-z0-9]{1,32})\.execute-api\.(?P<region>[a-z0-9-]{1,32})\.amazonaws\.com(\.cn)?")
_UNRESERVED = "-_.~"


class Webhooks:
    """Posts messages, signed for their receivers with all that is valid now, and for API Gateway with SigV4 too."""

    def __init__(
        self,
        signatures: Callable[[], Signatures],
        hosts: CallbackHosts,
        gateways: ApiGateways,
        resolver: Resolver | None = None,
        seconds: float | None = None,
    ) -> None:
        self._signatures = signatures
        self._hosts = hosts
        self._gateways = gateways
        self._resolver = resolver or resolve
        self._seconds = seconds or TIMEOUT_SECONDS

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        url = target["url"]
        self._hosts.ensure_allowed(url)
        signatures, host, exchange = self._current_signatures(), urlsplit(url).hostname or "", Exchange()
        try:
            response = exchange.run(self._seconds, lambda: self._post(message, url, signatures))
        except OutOfTime:
            words = f"{host} did not answer within {self._seconds:g} s"
            raise DeliveryFailed(words, is_unclear=exchange.is_connected, hung=True) from None
        except urllib3.exceptions.HTTPError as error:
            words = f"{host} did not answer ({type(error).__name__})"
            raise DeliveryFailed(words, is_unclear=exchange.is_connected, hung=_is_timeout(error)) from None
        _judge(response, host)

    def _current_signatures(self) -> Signatures:
        """Return the current signatures. Raise DeliveryFailed, with nothing sent, if a secret cannot be used."""
        try:
            with delivery_errors("The secrets that sign webhooks"):
                return self._signatures()
        except (DeliveryFailed, SecretUnusable) as failed:
            raise DeliveryFailed(str(failed)) from None

    def _post(self, message: Message, url: str, signatures: Signatures) -> urllib3.BaseHTTPResponse:
        """Encode path and query once: what is signed is the very text that is sent."""
        destination = self._hosts.check(url, self._resolver)
        gateway = self._gateways.find(destination.host)
        path = gateway.path(destination.path) if gateway else destination.path
        sent_to, body = destination.origin + path, json.dumps(message.as_dict())
        headers = {
            "content-type": "application/json",
            "host": sent_to.split("/")[2],
            "user-agent": "Greenroom",
            **signatures.headers(message.id_at(sent_to), body, secret_host_of(url), utc_now()),
        }
        return _post(destination, path, body, gateway.sign(sent_to, headers, body) if gateway else headers)


def resolve(host: str, port: int) -> list[str]:
    """Return all addresses of a host, as the system finds them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def _post(destination: Destination, path: str, body: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    """Make one request to the checked addresses, with the name for TLS. No retry, no redirect, no body read."""
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=TIMEOUT_SECONDS)
    pool_of = SecurePool if destination.url.scheme == "https" else Pool
    with pool_of(destination.host, destination.port, timeout=timeout, addresses=destination.addresses) as pool:
        # Without retries, urllib3 follows no redirect either.
        response = pool.urlopen("POST", path, body=body, headers=headers, retries=False, preload_content=False)
        response.close()
        return response


def _is_timeout(error: urllib3.exceptions.HTTPError) -> bool:
    """Return whether time ran out. A refused connection does not count, though urllib3 makes it a kind of timeout."""
    is_refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    return isinstance(error, urllib3.exceptions.TimeoutError) and not is_refused


def _judge(response: urllib3.BaseHTTPResponse, host: str) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    if status == 410:
        raise DeliveryRefused(f"{host} answered 410 Gone: it wants no more messages")
    raise DeliveryFailed(f"{host} answered {status}", retry_after(response.headers.get("Retry-After"), utc_now()))


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110: seconds, or an HTTP date); None if it cannot be read."""
    if not header:
        return None
    if header.isascii() and header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
        # A date without a zone ("-0000") is in UTC too (RFC 5322); one beyond the year 9999 is none.
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (moment - now).total_seconds())


@dataclass(frozen=True)
class ApiGateway:
    """An API that takes requests signed for its region."""

    region: str
    credentials: Callable[[], Credentials] = field(repr=False)

    def path(self, sent: str) -> str:
        """Write path and query so that every reading of AWS's rules comes to the same signature.

        All that is not unreserved is encoded, empty segments and empty parts of the query are left out, and each name
        has a `=`. A `+` in a query is the space that receivers read it as.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
        """
        path, _, query = sent.partition("?")
        segments = re.sub("/{2,}", "/", path).split("/")
        pairs = [pair.replace("+", " ").partition("=") for pair in query.split("&") if pair]
        written = "&".join(f"{_strict(name)}={_strict(value)}" for name, _, value in pairs)
        return "/".join(map(_strict, segments)) + (f"?{written}" if written else "")

    def sign(self, url: str, headers: Mapping[str, str], body: str) -> dict[str, str]:
        """Return the headers with those of the signature. `url` is what is sent, as `path` wrote it."""
        request = AWSRequest("POST", url, headers=dict(headers), data=body)
        SigV4Auth(self.credentials(), "execute-api", self.region).add_auth(request)
        return dict(request.headers)


@dataclass(frozen=True)
class ApiGateways:
    """`patterns`: regions and ids of APIs, `us-west-2/abc123`, with the wildcards of IAM, `*` and `?`."""

    patterns: Collection[str]
    credentials: Callable[[], Credentials] = field(repr=False)

    def find(self, host: str) -> ApiGateway | None:
        """Return the API at a host, if it is one of ours to sign for; any other is called like any webhook."""
        found = _HOST.fullmatch(host)
        if not found:
            return None
        named = f"{found['region']}/{found['api']}"
        is_ours = any(fnmatchcase(named, pattern) for pattern in self.patterns)
        return ApiGateway(found["region"], self.credentials) if is_ours else None


def _strict(text: str) -> str:
    return quote(unquote_to_bytes(text), _UNRESERVED)

"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com), to addresses that are checked."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from standardwebhooks.webhooks import Webhook

from greenroom.delivery.message import Message
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.domain.values import utc_now
from greenroom.request.callback_hosts import CallbackHosts, Destination, Resolver

TIMEOUT_SECONDS = 15
_API_GATEWAY_HOST = re.compile(r"[a-z0-9-]+\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")


class Webhooks:
    """Posts messages, signed with every secret that is valid now: one, or two while the secret rotates."""

    def __init__(
        self,
        secrets: Callable[[], Sequence[str]],
        hosts: CallbackHosts,
        credentials: Callable[[], Credentials],
        resolver: Resolver | None = None,
    ) -> None:
        self._secrets = secrets
        self._hosts = hosts
        self._credentials = credentials
        self._resolver = resolver or resolve

    def deliver(self, message: Message, target: Mapping[str, Any]) -> None:
        destination = self._hosts.check(target["url"], self._resolver)
        body = json.dumps(message.as_dict())
        headers = self._headers(message, body, target["url"], destination)
        _judge(_post(destination, body, headers), destination.host)

    def _headers(self, message: Message, body: str, url: str, destination: Destination) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "host": destination.url.netloc,
            "user-agent": "Greenroom",
            **standard_webhook_headers(message.id, body, self._secrets(), utc_now()),
        }
        if gateway := _API_GATEWAY_HOST.fullmatch(destination.host):
            request = AWSRequest("POST", url, headers=headers, data=body)
            SigV4Auth(self._credentials(), "execute-api", gateway["region"]).add_auth(request)
            headers = dict(request.headers)
        return headers


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system finds them; none if it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def standard_webhook_headers(message_id: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp` and `webhook-signature`, which lists one signature a secret."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, now, body) for secret in secrets),
    }


def _post(destination: Destination, body: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    """One request to the address that was checked; the name is kept for TLS. No retry, no redirect, no body read."""
    timeout = urllib3.Timeout(total=TIMEOUT_SECONDS)
    if destination.url.scheme == "https":
        pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
            destination.address,
            destination.port,
            timeout=timeout,
            server_hostname=destination.host,
            assert_hostname=destination.host,
        )
    else:
        pool = urllib3.HTTPConnectionPool(destination.address, destination.port, timeout=timeout)
    with pool:
        try:
            return pool.urlopen(
                "POST",
                destination.path,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise DeliveryFailed(f"{destination.host} did not answer ({type(error).__name__})") from None


def _judge(response: urllib3.BaseHTTPResponse, host: str) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    if status == 410:
        raise DeliveryRefused(f"{host} answered 410 Gone: it wants no more messages")
    raise DeliveryFailed(f"{host} answered {status}", retry_after(response.headers.get("Retry-After"), utc_now()))


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110: seconds, or an HTTP date); None if there is none to read."""
    if not header:
        return None
    if header.isascii() and header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - now).total_seconds())

"""A service that speaks JSON over HTTPS, without an SDK: one call is one attempt, and what goes wrong has a name."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import urllib3

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceRefused,
    ThrottlingException,
)
from greenroom.exchange import Exchange, OutOfTime, Pool, SecurePool, TooLong, read_at_most
from greenroom.providers.bodies import AWAY, words_of

CONNECT_SECONDS = 3
READ_SECONDS = 6
# A page of a broker's thousand sessions has 1 MB, about; the JSON of so many bytes fits well into a function's memory.
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """An answer that came. `body` is its JSON, or None; of a failure, a text that is no JSON is left out.

    It may hold a token or a URL, so `repr` leaves it out.
    """

    status: int
    body: Any = field(default=None, repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        """The service's own words about what is wrong: the text at `message` or `error`, and not long."""
        members = self.body if isinstance(self.body, dict) else {}
        said = next((members[name] for name in ("message", "Message", "error") if members.get(name)), None)
        return words_of(said)


class HttpsService:
    """One service at one URL. Certificates are always checked, by the system's authorities and by those of a bundle.

    `ca_bundle` is the path of a PEM file, `ca_setting` the setting that it comes from.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_bundle: str = "",
        ca_setting: str = "",
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.url = url.rstrip("/")
        self._ca_setting = ca_setting
        self._seconds = connect_seconds + read_seconds
        self._http = urllib3.PoolManager(
            retries=False,
            ssl_context=_checking(ca_bundle),
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
        )
        self._http.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one attempt, with `body` as JSON or `form` as a form. It ends after the seconds to connect and to read.

        Raises EndpointUnreachable, also for the statuses 502, 503 and 504, ThrottlingException for 429, MalformedAnswer
        for a success that is no JSON or has more than MOST_BYTES, and ServiceRefused("CertificateNotTrusted" or
        "HeaderNotSendable"). Every other status is the caller's to judge.
        """
        sent, kind = (urlencode(form), "application/x-www-form-urlencoded") if form is not None else _as_json(body)
        all_headers = {"accept": "application/json", **({"content-type": kind} if kind else {}), **(headers or {})}
        try:
            read = Exchange().run(self._seconds, lambda: self._made(method, path, sent, all_headers))
        except OutOfTime:
            raise EndpointUnreachable(f"{self.url} did not answer within {self._seconds:g} s") from None
        except urllib3.exceptions.SSLError as error:
            raise self._untrusted(error) from None
        except urllib3.exceptions.HTTPError as error:
            raise EndpointUnreachable(f"{self.url} did not answer ({type(error).__name__})") from None
        except ValueError:
            # It quotes the header that cannot be sent, which may have a token in it.
            rule = "a header must be one line of Latin letters; look at the secret that is sent in one"
            raise ServiceRefused("HeaderNotSendable", f"The call of {self.url} cannot be made: {rule}") from None
        if read.status == 429:
            raise ThrottlingException(f"{self.url} asks for fewer calls: {read.words} ({method}, status 429)")
        if read.status in AWAY:
            raise EndpointUnreachable(f"{self.url} is unavailable: {read.words} ({method}, status {read.status})")
        return read

    def _made(self, method: str, path: str, sent: str | None, headers: Mapping[str, str]) -> Answer:
        answer = self._http.request(
            method, self.url + path, body=sent, headers=headers, redirect=False, preload_content=False
        )
        broken = "is not JSON"
        try:
            body = read_at_most(MOST_BYTES, answer)
            return Answer(answer.status, json.loads(_json_in(body, answer)) if body else None)
        except TooLong:
            broken = f"has more than {MOST_BYTES} bytes"
        except (ValueError, RecursionError, urllib3.exceptions.DecodeError):  # the second for lists in lists in lists
            pass
        if 200 <= answer.status < 300:
            raise MalformedAnswer(f"{self.url} gave an answer that {broken}")
        return Answer(answer.status)

    def _untrusted(self, error: urllib3.exceptions.SSLError) -> ProviderError:
        cause = error.args[0] if error.args else None
        if not isinstance(cause, ssl.SSLCertVerificationError):
            return EndpointUnreachable(f"{self.url} did not answer by TLS ({type(error).__name__})")
        cure = f"; set {self._ca_setting} to a PEM file with the authority that signed it" if self._ca_setting else ""
        return ServiceRefused(
            "CertificateNotTrusted", f"The certificate of {self.url} is not trusted ({cause.verify_message}){cure}"
        )


def _json_in(body: bytes, answer: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body; of a stream of events, the data of the last one."""
    is_stream = answer.headers.get("content-type", "").startswith("text/event-stream")
    return (b"\n" + body).rpartition(b"\ndata:")[2] if is_stream else body


@cache
def _checking(ca_bundle: str) -> ssl.SSLContext:
    """Return a TLS context, which a service and its token endpoint share: reading it takes some 25 ms of CPU."""
    context = ssl.create_default_context()
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
        # From Python 3.13 on, a chain must also follow RFC 5280 to the letter. Authorities that a site made itself
        # often do not, such as those of `openssl req -x509`. Who signed what, and for which host, is always checked.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _as_json(body: Any) -> tuple[str | None, str]:
    return (json.dumps(body), "application/json") if body is not None else (None, "")

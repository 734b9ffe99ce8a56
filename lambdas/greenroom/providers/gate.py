"""The gate between a plug and the rest: whatever a service says is data, for a built-in plug and any other.

Words for people are cleaned (`redaction`). What is used again, an id or a URL, is taken as it is or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from greenroom.domain.errors import (
    CapacityUnavailable,
    GreenroomError,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
)
from greenroom.domain.values import Progress, Status, StreamUrl
from greenroom.providers.port import Starting, StreamProvider
from greenroom.providers.redaction import is_plain, redacted

LONGEST_STATE = 100
LONGEST_VALUE = 500
LONGEST_NAME = 80
# An AppStream id has three names of 100 characters each, a JupyterHub one two of 255.
LONGEST_ID = 600
MOST_VALUES = 50
# A WebSocket frame takes 32 KB, and the message around the URL is in it too.
LONGEST_URL = 8192

# A browser that opens one of these runs it, or shows what is on its own machine. `http` is for loopback alone.
_NEVER_SCHEMES = frozenset({"about", "blob", "data", "file", "http", "javascript", "vbscript", "view-source"})
# What RFC 3986 lets stand in a URL, and what services put there in spite of it and browsers do not misread.
_URL = re.compile(r"[!#-;=?-\[\]^_a-z{|}~]+")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.]")


class GatedProvider:
    """A provider whose answers and errors are cleaned, bounded or refused.

    `addresses` are URLs of the deployment's own, which may stand in messages. An exception that is not of Greenroom's
    tree is the plug's defect: it becomes a ServiceFailed("PluginFailed"), because its text may quote an answer.
    """

    def __init__(self, provider: StreamProvider[Any], addresses: Collection[str] = ()) -> None:
        self._provider = provider
        self._addresses = frozenset({provider.endpoint, *addresses})
        declared = frozenset(map(str.lower, getattr(provider, "URL_SCHEMES", ())))
        self._schemes = {"https"} | (declared - _NEVER_SCHEMES)

    @property
    def endpoint(self) -> str:
        return self._provider.endpoint

    @property
    def settles_in(self) -> int:
        return self._provider.settles_in

    def prepare(self, fields: Any, client_token: str, starting: Starting) -> Progress:
        raised: list[BaseException] = []

        def noting() -> None:
            try:
                starting()
            except BaseException as error:
                raised.append(error)
                raise

        with self._errors(raised):
            return self._progress(self._provider.prepare(fields, client_token, noting))

    def create(self, fields: Any, client_token: str) -> Progress:
        with self._errors():
            return self._progress(self._provider.create(fields, client_token))

    def describe(self, fields: Any, stream_id: str, age: timedelta) -> Progress:
        with self._errors():
            return self._progress(self._provider.describe(fields, stream_id, age))

    def connect(self, fields: Any, stream_id: str) -> StreamUrl:
        with self._errors():
            return self._stream_url(self._provider.connect(fields, stream_id))

    def release(self, fields: Any, stream_id: str | None, client_token: str) -> None:
        with self._errors():
            self._provider.release(fields, stream_id, client_token)

    @contextmanager
    def _errors(self, of_others: Collection[BaseException] = ()) -> Iterator[None]:
        """Clean errors, except those `of_others`, which no service has made."""
        try:
            yield
        except ProviderError as error:
            raise self._cleaned(error) from None
        except GreenroomError:
            raise
        except Exception as error:
            if error in of_others:
                raise
            defect = ServiceFailed("PluginFailed", f"The plug of {self.endpoint} raised {type(error).__name__}")
            raise defect.with_traceback(error.__traceback__) from None

    def _cleaned(self, error: ProviderError) -> ProviderError:
        """Return the same error with cleaned texts, so that a plug's own class stays the same."""
        if isinstance(error, CapacityUnavailable | ServiceRefused | ServiceFailed):
            error.name, error.message = _error_name(error.name), self._words(error.message)
            error.args = (f"{error.name}: {error.message}",)
        else:
            error.args = (self._words(str(error)),)
        return error

    def _progress(self, progress: Progress) -> Progress:
        is_ready = progress.status is Status.READY
        return replace(
            progress,
            state=self._optional(progress.state, LONGEST_STATE),
            status_code=self._optional(progress.status_code, LONGEST_VALUE),
            detail=self._optional(progress.detail),
            stream_id=self._id(progress.stream_id) if progress.stream_id is not None else None,
            stream=self._values(progress.stream),
            url=self._stream_url(progress.url) if progress.url is not None and is_ready else None,
        )

    def _words(self, text: object, *longest: int) -> str:
        return redacted(str(text), *longest, keep=self._addresses)

    def _optional(self, text: str | None, *longest: int) -> str | None:
        return None if text is None else self._words(text, *longest)

    def _values(self, stream: Mapping[str, str]) -> dict[str, str]:
        chosen = list(stream.items())[:MOST_VALUES]
        return {redacted(str(name), LONGEST_NAME): self._words(value, LONGEST_VALUE) for name, value in chosen}

    def _id(self, stream_id: str) -> str:
        """Return the id as it is, or raise: for the service, a cleaned one would name another stream."""
        if not is_plain(stream_id, LONGEST_ID):
            raise MalformedAnswer(f"{self.endpoint} named a stream by an id that is empty, too long, or no plain text")
        return stream_id

    def _stream_url(self, found: StreamUrl) -> StreamUrl:
        if not isinstance(found.expires_at, datetime) or found.expires_at.tzinfo is None:
            raise MalformedAnswer(f"{self.endpoint} gave a stream's URL without the moment at which it ends")
        if broken := self._broken_rule(found.url):
            raise ServiceRefused("UrlNotAllowed", f"{self.endpoint} gave a URL for the stream that {broken}")
        return found

    def _broken_rule(self, url: object) -> str | None:
        """Return what is wrong with a stream's URL without repeating it: it may be a secret all the same."""
        if not isinstance(url, str) or not 0 < len(url) <= LONGEST_URL:
            return f"is no text of 1 to {LONGEST_URL} characters"
        if not _URL.fullmatch(url):
            return "has spaces, controls, or other characters that must be encoded"
        parts = _split(url)
        if parts is None or not parts.hostname:
            return "has no host, or a port that is none"
        if "@" in parts.netloc:
            return "has a user or a password before its host"
        if parts.scheme in self._schemes or (parts.scheme == "http" and _is_loopback(self.endpoint, parts)):
            return None
        return f"is none of {', '.join(sorted(self._schemes))}"


def _error_name(name: object) -> str:
    """Return the service's own name of an error, in the characters by which `own_error` finds it again."""
    cleaned = redacted(str(name), LONGEST_NAME)
    plain = "" if cleaned != str(name) else _NOT_IN_A_NAME.sub("", cleaned)
    return plain if plain[:1].isalpha() else "UnknownError"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    return parts


def _is_loopback(endpoint: str, parts: SplitResult) -> bool:
    """Return whether an address is this machine. Only a service on this machine, as in a demo, may lead there."""
    own = _split(endpoint)
    return bool(own) and all(_is_local(each.hostname or "") for each in (own, parts) if each)


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    from ipaddress import ip_address  # noqa: PLC0415  # as for `html` in redaction: demonstrations alone need it

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

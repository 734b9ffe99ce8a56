"""Signed calls of a deployed Greenroom: one call as it is, and one that waits and tries again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from greenroom.exchange import Exchange, OutOfTime, Pool, SecurePool, TooLong, read_at_most
from greenroom_cli.errors import CommandError, Unreachable

Headers = Mapping[str, str]
Answer = tuple[int, urllib3.HTTPHeaderDict, dict[str, Any]]

TIMEOUT_SECONDS = 35.0  # API Gateway itself gives up after 29
PATIENCE_SECONDS = 60.0
# A function answers with at most 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 8 * 1024 * 1024
# Where nothing answers it is more likely the wrong place than a bad moment.
_UNREACHABLE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0
# What a gateway says of a function that gave no answer: it may have done its work.
_NO_ANSWER = {502, 503, 504}


class Caller(Protocol):
    def call(self, method: str, path: str, body: Any = None, headers: Headers | None = None) -> Answer: ...


class Api:
    """The API at a URL, called as `curl --aws-sigv4` calls it, with the credentials and the region of a session."""

    def __init__(self, session: boto3.Session, url: str) -> None:
        self._credentials = session.get_credentials() or Credentials("", "")
        self._region = session.region_name
        self._url = url
        self._http = urllib3.PoolManager(timeout=TIMEOUT_SECONDS, retries=False)
        self._http.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}

    def call(self, method: str, path: str, body: Any = None, headers: Headers | None = None) -> Answer:
        """Return status, headers and parsed body of the answer. A text body is sent as it is.

        Raise Unreachable if no whole answer came within TIMEOUT_SECONDS, CommandError if it has more than MOST_BYTES.
        """
        data = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        url = self._url + path
        request = AWSRequest(method, url, headers={"content-type": "application/json", **(headers or {})}, data=data)
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(request)
        try:
            return Exchange().run(TIMEOUT_SECONDS, lambda: self._made(method, url, data, dict(request.headers)))
        except OutOfTime as error:
            raise Unreachable(f"{self._url} does not answer: {error}") from None
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{self._url} does not answer: {_reason(error)}") from None
        except TooLong as error:
            raise CommandError(f"{self._url} answers with {error}: is it Greenroom's API?") from None

    def _made(self, method: str, url: str, data: str, headers: Headers) -> Answer:
        answer = self._http.request(method, url, body=data, headers=headers, redirect=False, preload_content=False)
        return answer.status, answer.headers, _object(read_at_most(MOST_BYTES, answer))


class PatientApi:
    """Calls again what was throttled, and what got no answer where a second call does nothing twice.

    That is GET, DELETE, and a POST with an Idempotency-Key. It waits as long as `Retry-After` says, else a random time
    that doubles. After PATIENCE_SECONDS in all, or sooner where nothing answers, the last answer stands.
    """

    def __init__(self, api: Caller, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._sleep = sleep

    def call(self, method: str, path: str, body: Any = None, headers: Headers | None = None) -> Answer:
        """Call as `Api.call` does. Raise Unreachable if no answer came in all that time."""
        repeatable = method in {"GET", "DELETE"} or "Idempotency-Key" in (headers or {})
        waited, longest = 0.0, _FIRST_PAUSE_SECONDS
        while True:
            pause = random.uniform(longest / 2, longest)  # noqa: S311  # it spreads calls; nothing is secret
            try:
                answer = self._api.call(method, path, body, headers)
            except Unreachable:
                if not repeatable or waited + pause > _UNREACHABLE_SECONDS:
                    raise
            else:
                pause = _retry_after(answer[1]) or pause
                again = answer[0] == 429 or (repeatable and answer[0] in _NO_ANSWER)
                if not again or waited + pause > PATIENCE_SECONDS:
                    return answer
            self._sleep(pause)
            waited, longest = waited + pause, min(2 * longest, _LONGEST_PAUSE_SECONDS)


def _object(body: bytes) -> dict[str, Any]:
    """Return the body as a JSON object. A gateway may answer with a page; then only the status counts."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):  # the latter for lists in lists in lists
        return {}
    return found if isinstance(found, dict) else {}


def _retry_after(headers: Headers) -> float | None:
    value = headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    inner = getattr(error, "reason", None) or error
    return str(inner).rsplit(": ", 1)[-1]

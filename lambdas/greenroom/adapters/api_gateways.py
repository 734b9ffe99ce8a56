"""The APIs of API Gateway that webhooks are signed for with SigV4, and how their requests are written and signed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote_to_bytes

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_HOST = re.compile(r"(?P<api>[a-z0-9]{1,32})\.execute-api\.(?P<region>[a-z0-9-]{1,32})\.amazonaws\.com(\.cn)?")
_UNRESERVED = "-_.~"


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

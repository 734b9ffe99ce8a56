"""The errors of botocore, by the names that the provider port promises; the plugs of AWS services share it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004  # botocore's own

from greenroom.domain.errors import (
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
)

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


@contextmanager
def provider_errors(endpoint: str) -> Iterator[None]:
    """Name errors as the port promises. `from None`: what botocore chains may quote the answer, and its URL."""
    try:
        yield
    except ClientError as error:
        raise _named(error) from None
    except (HTTPClientError, ConnectionError) as error:
        raise EndpointUnreachable(f"{endpoint} did not answer ({type(error).__name__})") from None
    except (AttributeError, LookupError, TypeError, ValueError):
        # What botocore's parser raises for an answer that is JSON but not the protocol, or neither.
        raise MalformedAnswer(f"{endpoint} gave an answer that could not be read") from None


def _named(error: ClientError) -> ProviderError:
    """Judge by the status, which every service means alike; the text is stripped of URLs."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    details = error.response.get("Error", {})
    said = _URL.sub("<url>", str(details.get("Message") or "")) or "no reason given"
    message = f"{said} ({error.operation_name}, status {status})"
    if status == 429:
        return ThrottlingException(message)
    kind, otherwise = (
        (ServiceFailed, "InternalServerErrorException") if status >= 500 else (ServiceRefused, "UnknownError")
    )
    code = str(details.get("Code") or "")
    # Of an answer that names no error, such as a gateway's in between, botocore makes the status the code.
    return kind(code if code and not code.isdecimal() else otherwise, message)

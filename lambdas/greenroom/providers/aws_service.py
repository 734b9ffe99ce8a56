"""What all plugs of AWS services share: one attempt a call, and errors by the names of the provider port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004  # botocore's own

from greenroom.domain.errors import (
    CapacityUnavailable,
    EndpointUnreachable,
    MalformedAnswer,
    ProviderError,
    ServiceFailed,
    ServiceRefused,
    ThrottlingException,
)
from greenroom.providers.bodies import AWAY, words_of

# One attempt a call, and short timeouts: Step Functions owns waiting and retrying.
ONE_ATTEMPT = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})
# AWS's names for too many calls. A JSON protocol answers them with status 400, so the status does not tell. Not among
# them is LimitExceededException, which botocore counts too: to some services it is a quota.
_THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "RequestLimitExceededException",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
# Waiting cures these as it cures silence. The time-outs are among the transient errors of
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, the others are names of status 503, which
# a JSON protocol may give another status.
_UNAVAILABLE = frozenset(
    {"RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "ServiceUnavailableException"}
)


@contextmanager
def provider_errors(
    endpoint: str, *, capacity: frozenset[str] = frozenset(), failed: frozenset[str] = frozenset()
) -> Iterator[None]:
    """Name errors as the port promises. `from None`: what botocore chains may quote the answer, and its URL.

    `capacity` and `failed` are names by which the service says that it has no room now, or that it may do better on a
    later call; of others the status decides, which every service means alike. Status 500 is the service's own fault,
    and may be a defect that no waiting cures; by AWAY it says that nobody is there to do anything.
    """
    try:
        yield
    except ClientError as error:
        raise _named(endpoint, error, capacity, failed) from None
    except (HTTPClientError, ConnectionError) as error:
        raise EndpointUnreachable(f"{endpoint} did not answer ({type(error).__name__})") from None
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        # What botocore's parser raises for an answer that is JSON but not the protocol, or neither; RuntimeError for a
        # time that no calendar has, and for lists in lists in lists.
        raise MalformedAnswer(f"{endpoint} gave an answer that could not be read") from None


def _named(endpoint: str, error: ClientError, capacity: frozenset[str], failed: frozenset[str]) -> ProviderError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    details = error.response.get("Error", {})
    code = str(details.get("Code") or "")
    message = f"{words_of(details.get('Message'))} ({error.operation_name}, status {status})"
    if status == 429 or code in _THROTTLED:
        return ThrottlingException(message)
    if code in capacity:
        return CapacityUnavailable(code, message)
    if status in AWAY or code in _UNAVAILABLE:
        return EndpointUnreachable(f"{endpoint} is unavailable: {message}")
    if status >= 500 or code in failed:
        return ServiceFailed(_own(code, "InternalServerErrorException"), message)
    return ServiceRefused(_own(code, "UnknownError"), message)


def _own(code: str, otherwise: str) -> str:
    """Return the error's name, or `otherwise` if the code is a status, as botocore has it for a gateway's answer."""
    return code if code and not code.isdecimal() else otherwise

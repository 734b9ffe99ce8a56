"""The errors that the ports promise, made of those that AWS services answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  # botocore's own
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from greenroom.domain.errors import (
    DeliveryFailed,
    EndpointUnreachable,
    GreenroomError,
    RecordRefused,
    RecordUnavailable,
    ThrottlingException,
)

_REFUSALS = {"AccessDeniedException", "ResourceNotFoundException", "ValidationException"}
_THROTTLED = {"ThrottlingException", "TooManyRequestsException", "ExecutionLimitExceeded", "KmsThrottlingException"}


@contextmanager
def delivery_errors(target: str) -> Iterator[None]:
    """Turn what an AWS service answers into DeliveryFailed: most of it passes, and the attempts are counted.

    An error that was answered, or a connection that never came about, is clear: the message was not taken.
    """
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "an error")
        raise DeliveryFailed(f"{target} answered {code}") from None
    except BotoCoreError as error:
        is_unclear = not isinstance(error, EndpointConnectionError | ConnectTimeoutError)
        raise DeliveryFailed(f"{target} did not answer ({type(error).__name__})", is_unclear=is_unclear) from None


@contextmanager
def table_errors(promised: type[GreenroomError], refused: type[GreenroomError] | None = None) -> Iterator[None]:
    """Turn what DynamoDB answers, except for a condition that did not hold, into the error that a port promises.

    `refused`: the error for what waiting does not cure, where that makes a difference.
    """
    try:
        yield
    except ClientError as error:
        if condition_failed(error):
            raise
        raise (refused if refused and _is_refusal(error) else promised)(str(error)) from None
    except BotoCoreError as error:
        raise promised(f"DynamoDB did not answer ({type(error).__name__})") from None


record_errors = partial(table_errors, RecordUnavailable, RecordRefused)


def _is_refusal(error: ClientError) -> bool:
    """Return whether the same call can never succeed. DynamoDB also denies access while it cannot use the table's key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    details = error.response.get("Error", {})
    return details.get("Code") in _REFUSALS and "KMS" not in details.get("Message", "")


@contextmanager
def execution_errors() -> Iterator[None]:
    """Turn what waiting cures in Step Functions into ThrottlingException and EndpointUnreachable; the rest stays.

    botocore has no classes for the errors that all services share: it raises `ClientError`, which no retrier names.
    https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
    """
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _THROTTLED:
            raise ThrottlingException(str(error)) from None
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise EndpointUnreachable(str(error)) from None
        raise
    except (HTTPClientError, ConnectionError) as error:
        raise EndpointUnreachable(f"Step Functions did not answer ({type(error).__name__})") from None


def condition_failed(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"

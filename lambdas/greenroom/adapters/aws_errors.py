"""The errors that the ports promise, made of those that AWS services answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from greenroom.domain.errors import DeliveryFailed, GreenroomError, RecordUnavailable


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
def table_errors(promised: type[GreenroomError]) -> Iterator[None]:
    """Turn what DynamoDB answers, except for a condition that did not hold, into the error that a port promises."""
    try:
        yield
    except ClientError as error:
        if condition_failed(error):
            raise
        raise promised(str(error)) from None
    except BotoCoreError as error:
        raise promised(f"DynamoDB did not answer ({type(error).__name__})") from None


record_errors = partial(table_errors, RecordUnavailable)


def condition_failed(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"

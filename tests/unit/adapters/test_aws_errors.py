"""What DynamoDB answers, by the names that the state machine retries: what passes, and what never will."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from greenroom.adapters.aws_errors import record_errors, table_errors
from greenroom.domain.errors import PaceUnavailable, RecordRefused, RecordUnavailable


def answer(code: str, message: str = "as AWS says", status: int = 400) -> ClientError:
    details = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(details, "UpdateItem")  # type: ignore[arg-type]  # as much of it as is read


PASSES = [
    answer("ThrottlingException"),
    answer("ProvisionedThroughputExceededException"),
    answer("RequestLimitExceeded"),
    answer("TransactionConflictException"),
    answer("InternalServerError", status=500),
    answer("ServiceUnavailable", status=503),
    answer("AccessDeniedException", "KMS key access denied: the key is disabled"),
    EndpointConnectionError(endpoint_url="https://dynamodb"),
    ReadTimeoutError(endpoint_url="https://dynamodb"),
]
NEVER = [answer("AccessDeniedException"), answer("ResourceNotFoundException"), answer("ValidationException")]


@pytest.mark.parametrize("error", PASSES, ids=str)
def test_what_passes_is_waited_out(error: Exception) -> None:
    with pytest.raises(RecordUnavailable), record_errors():
        raise error


@pytest.mark.parametrize("error", NEVER, ids=str)
def test_a_defect_and_a_missing_permission_are_not(error: Exception) -> None:
    with pytest.raises(RecordRefused), record_errors():
        raise error


@pytest.mark.parametrize("error", [*PASSES, *NEVER], ids=str)
def test_a_table_without_which_the_flow_goes_on_has_one_error_for_all(error: Exception) -> None:
    with pytest.raises(PaceUnavailable), table_errors(PaceUnavailable):
        raise error

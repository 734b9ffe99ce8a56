"""The clients of AWS, one of each kind.

They are botocore's own: `boto3.client` is a way to make them that takes longer to import than they do to be made.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.config import Config
from botocore.exceptions import ChecksumError
from botocore.session import Session

if TYPE_CHECKING:
    from botocore.credentials import Credentials

# Three attempts of at most 7 s, with pauses of up to 3 s between them, end before a function's 28 s do: what hangs is
# an error that the function can handle, and not the end of the function.
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# Who tells several targets makes one short attempt at each: what is not taken is tried again, by the queue.
CHANNEL_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})


@cache
def session() -> Session:
    return Session()


def client(service: str, **more: Any) -> Any:
    return session().create_client(service, **{"config": CLIENT_CONFIG, **more})


@cache
def dynamodb() -> Any:
    """The client of all tables. An answer that was garbled on its way is an error, and never an item that is not there.

    botocore asks again where an answer does not fit its checksum. It takes what comes at the last attempt as it is, and
    what is no JSON as an answer without a member.
    """
    made = client("dynamodb")
    made.meta.events.register("after-call.dynamodb", _ensure_it_is_whole)
    return made


def _ensure_it_is_whole(http_response: Any, **_: Any) -> None:
    told = http_response.headers.get("x-amz-crc32")
    if told is not None and int(told) != (found := crc32(http_response.content)):
        raise ChecksumError(checksum_type="crc32", expected_checksum=told, actual_checksum=str(found))


def credentials() -> Credentials:
    found = session().get_credentials()
    if found is None:
        raise RuntimeError("This function has no AWS credentials to sign with")
    return found

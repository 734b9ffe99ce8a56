"""Objects of S3 as batches: read whole, or refused in words for their sender."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from moto import mock_aws

from greenroom.adapters.s3_sources import S3Sources
from greenroom.domain.errors import InvalidRequest

WEST = "us-west-2"


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        client: Any = Session().create_client("s3", region_name=WEST)
        client.create_bucket(Bucket="classes", CreateBucketConfiguration={"LocationConstraint": WEST})
        client.put_object(Bucket="classes", Key="monday/9 o'clock.jsonl", Body=b'{"a": "\xc3\xa9"}\n')
        yield client


def test_an_object_is_read_as_it_is(client: Any) -> None:
    assert S3Sources(client).read("classes", "monday/9 o'clock.jsonl", 12) == b'{"a": "\xc3\xa9"}\n'


def test_an_object_that_is_too_large_is_refused_before_it_is_read(client: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"source\.key: must not have more than 11 bytes"):
        S3Sources(client).read("classes", "monday/9 o'clock.jsonl", 11)


@pytest.mark.parametrize(("bucket", "code"), [("classes", "NoSuchKey"), ("others", "NoSuchBucket")])
def test_an_object_that_is_not_there_is_refused_by_s3_s_own_word(bucket: str, code: str, client: Any) -> None:
    with pytest.raises(InvalidRequest, match=f"source.key: .*: S3 says {code}"):
        S3Sources(client).read(bucket, "tuesday", 10)


class Broken:
    def get_object(self, **_: str) -> Any:
        raise ClientError({"Error": {"Code": "InternalError", "Message": "Try again"}}, "GetObject")


def test_what_may_pass_is_nobody_s_mistake() -> None:
    with pytest.raises(ClientError, match="InternalError"):
        S3Sources(Broken()).read("classes", "x", 10)
